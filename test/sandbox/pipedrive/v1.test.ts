import assert from 'node:assert/strict';
import { assertRefused, usePeer, type Json } from './support.ts';

describe('sandbox/pipedrive: what is left of v1', () => {
  const { sandbox, call } = usePeer();

  it('users: all, me, by id, by e-mail', async () => {
    const all = await call('GET', '/api/v1/users');
    assert.deepEqual(
      all.rows.map((user) => user['id']),
      [100, 101],
    );
    const me = await call('GET', '/api/v1/users/me');
    assert.deepEqual([me.data['is_you'], me.data['company_domain']], [true, 'acme']);
    assert.equal((await call('GET', '/api/v1/users/101')).data['email'], 'sam@acme.example');
    const found = await call('GET', '/api/v1/users/find?term=sam@acme.example&search_by_email=1');
    assert.equal(found.rows[0]?.['id'], 101);
    assert.equal((await call('GET', '/api/v1/users/9')).status, 404);
    assert.equal((await call('GET', '/api/v2/users')).status, 404);
  });

  it('has no records any more', async () => {
    for (const path of ['organizations', 'persons', 'deals', 'itemSearch']) {
      assert.equal((await call('GET', `/api/v1/${path}`)).status, 404);
    }
  });

  it('activity types', async () => {
    const { rows } = await call('GET', '/api/v1/activityTypes');
    assert.ok(rows.some((type) => type['key_string'] === 'meeting'));
  });

  describe('merge', () => {
    const code = 'c'.repeat(40);
    const amount = 'd'.repeat(40);

    beforeEach(() =>
      sandbox.seed({
        fields: {
          organization: [
            { field_name: 'hermes_id', field_type: 'varchar', field_code: code },
            { field_name: 'amount', field_type: 'double', field_code: amount },
          ],
        },
        organizations: [
          { id: 20, name: 'Harbour Tutors', custom_fields: { [code]: '42', [amount]: 1 } },
          {
            id: 21,
            name: 'Harbor Tutors',
            address: { value: 'Hull', country: 'GB' },
            custom_fields: { [code]: '43', [amount]: 2 },
          },
        ],
        persons: [
          { id: 7, name: 'Nell Harbour', org_id: 21, emails: [{ value: 'a@harbour.example' }] },
          { id: 8, name: 'Nell H', emails: [{ value: 'b@harbour.example' }] },
        ],
      }),
    );

    const merge = (path: string, merge_with_id: unknown) =>
      call('PUT', `/api/v1/${path}/merge`, { merge_with_id });

    it('keeps the record of merge_with_id, fills its gaps and moves what hung on the other', async () => {
      const answer = await merge('organizations/21', 20);
      assert.deepEqual([answer.status, answer.data], [200, { id: 20 }]);
      const winner = (await call('GET', '/organizations/20')).data;
      assert.equal(winner['name'], 'Harbour Tutors');
      assert.equal((winner['address'] as Json)['value'], 'Hull');
      assert.equal((await call('GET', '/organizations/21')).status, 404);
      assert.equal((await call('GET', '/persons/7')).data['org_id'], 20);
    });

    it("joins text fields, or keeps the winner's where the switch says so", async () => {
      await merge('organizations/21', 20);
      const joined = (await call('GET', '/organizations/20')).data['custom_fields'];
      assert.deepEqual(joined, { [code]: '42, 43', [amount]: 1 });
      sandbox.settings.mergeStyle = 'winner';
      sandbox.seed({ organizations: [{ id: 22, name: 'Quay', custom_fields: { [code]: '44' } }] });
      await merge('organizations/22', 20);
      const kept = (await call('GET', '/organizations/20')).data['custom_fields'] as Json;
      assert.equal(kept[code], '42, 43');
    });

    it('stacks e-mails', async () => {
      await merge('persons/8', 7);
      assert.deepEqual((await call('GET', '/persons/7')).data['emails'], [
        { value: 'a@harbour.example', primary: true, label: 'work' },
        { value: 'b@harbour.example', primary: false, label: 'work' },
      ]);
    });

    it('refuses strangers, itself and strings', async () => {
      assert.equal((await merge('organizations/21', 99)).status, 404);
      assert.equal((await merge('organizations/21', 21)).status, 404);
      assertRefused(await merge('organizations/21', '20'), 'merge_with_id');
    });
  });
});
