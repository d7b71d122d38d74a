import assert from 'node:assert/strict';
import { matchCompany, matchRecord } from '../../../domain/pipedriveWebhook/match.ts';

describe('domain/pipedriveWebhook/match', () => {
  const company = { id: 1, pd_org_id: null, tc2_cligency_id: null, narc: false, is_deleted: false };

  it('PDM-22, PDM-23, PDM-24, PDO-38: of several companies the one with a client, else the first; never a NARC one', () => {
    const second = { ...company, id: 2, tc2_cligency_id: 70412 };
    const listed = [second, company];
    assert.deepEqual(matchCompany(undefined, [1, 2], listed), { kind: 'link', id: 2 });
    assert.deepEqual(matchCompany(undefined, [1, 3], listed), { kind: 'link', id: 1 });
    const narc = { ...second, narc: true };
    assert.deepEqual(matchCompany(undefined, [2, 1], [company, narc]), { kind: 'link', id: 1 });
    const elsewhere = { ...second, pd_org_id: 21 };
    assert.equal(matchCompany(undefined, [1, 2], [company, elsewhere]).kind, 'none');
  });

  it('PDO-08, PDO-35: without a company that exists there is nothing, without any id an unknown one', () => {
    assert.equal(matchCompany(undefined, [3], [company]).kind, 'none');
    assert.equal(matchCompany(undefined, [], []).kind, 'unknown');
    assert.deepEqual(matchCompany({ id: 9 }, [1], [company]), { kind: 'linked', id: 9 });
  });

  describe('contacts and deals', () => {
    const free = { id: 1, remoteId: null, is_deleted: false };

    it('PDM-34: the link of a merge’s loser moves to the winner, that of another record does not', () => {
      const loser = { ...free, remoteId: 70 };
      assert.deepEqual(matchRecord(undefined, [1, 2], [loser], 70), { kind: 'link', id: 1 });
      assert.equal(matchRecord(undefined, [1, 2], [loser], 71).kind, 'none');
      assert.equal(matchRecord(undefined, [1], [loser], 70).kind, 'none', 'a single id tells of no merge');
      assert.deepEqual(matchRecord(undefined, [2, 1], [loser, { ...free, id: 2 }], 70), {
        kind: 'link',
        id: 2,
      });
    });

    it('PDP-13, PDP-25, PDD-32: nothing that does not exist or is deleted is linked, and it is said which', () => {
      const reason = (ids: number[], deleted: boolean) => {
        const match = matchRecord(undefined, ids, [{ ...free, is_deleted: deleted }], null);
        return match.kind === 'none' ? match.reason : match.kind;
      };
      assert.match(reason([9], false), /^nothing has the hermes_id 9$/);
      assert.match(reason([1], true), /deleted/);
      assert.equal(reason([], false), 'unknown');
    });
  });
});
