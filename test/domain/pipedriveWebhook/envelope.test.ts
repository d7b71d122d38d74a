import assert from 'node:assert/strict';
import { readHead } from '../../../domain/pipedriveWebhook/envelope.ts';

const meta = {
  id: '0b6e7a9c-4d2f-4b7c-9a1e-2f6f3d0c8b11',
  entity: 'organization',
  entity_id: '20',
  action: 'change',
  timestamp: '2026-11-20T18:16:56.057Z',
  version: '2.0',
};

describe('domain/pipedriveWebhook/envelope', () => {
  it('names subject, summary, organization and moment of an event', () => {
    const head = readHead({ meta, data: { id: 20, name: 'Harbour Tutors' }, previous: {} });
    assert.equal(head?.type, 'PdOrganizationUpdated');
    assert.equal(head?.subject, 'organization-20');
    assert.equal(head?.summary, 'Pipedrive organization 20, change');
    assert.equal(head?.organizationId, 20);
    assert.equal(head?.eventAt?.toISOString(), '2026-11-20T18:16:56.057Z');
    assert.equal(head?.dedupeKey, `id:${meta.id}`);
  });

  it('takes the id of a deleted record from meta, or from what it was', () => {
    const deletion = { ...meta, action: 'delete' };
    assert.equal(readHead({ meta: deletion, data: null, previous: null })?.subject, 'organization-20');
    const anonymous = { ...deletion, entity_id: undefined };
    assert.equal(readHead({ meta: anonymous, data: null, previous: { id: 21 } })?.subject, 'organization-21');
  });

  it('names the organization of a person and of a deal', () => {
    const head = (entity: string) =>
      readHead({ meta: { ...meta, entity, entity_id: '7' }, data: { id: 7, org_id: 20 }, previous: null });
    assert.equal(head('person')?.organizationId, 20);
    assert.equal(head('deal')?.organizationId, 20);
    assert.equal(head('deal')?.type, 'PdDealUpdated');
  });

  for (const [name, body, reason] of [
    ['another entity', { meta: { ...meta, entity: 'product' }, data: { id: 1 } }, /entity product/],
    ['another action', { meta: { ...meta, action: 'merged' }, data: { id: 1 } }, /action merged/],
    ['no data', { meta, data: null, previous: null }, /no data/],
    ['no meta', { data: { id: 1 } }, /no meta/],
    ['no id', { meta: { ...meta, entity_id: undefined }, data: { name: 'x' } }, /names no record/],
    [
      'version 1',
      {
        v: 1,
        event: 'updated.organization',
        current: { id: 20 },
        previous: {},
        meta: { v: 1, object: 'organization' },
      },
      /version 1/,
    ],
    [
      'a pipeline that is deleted',
      { meta: { ...meta, entity: 'pipeline', action: 'delete' }, data: null },
      /is kept/,
    ],
  ] as const) {
    it(`ignores ${name}, and says why`, () => {
      const head = readHead(body);
      assert.equal(head?.type, null);
      assert.match(head?.ignoredBecause ?? '', reason);
    });
  }

  it('takes parts of meta for the identity of an event without an id, and the bytes where those are missing', () => {
    const parts = { ...meta, id: undefined, webhook_id: '55001', correlation_id: '5d1c' };
    assert.equal(
      readHead({ meta: parts, data: { id: 20 } })?.dedupeKey,
      'parts:55001:5d1c:20:2026-11-20T18:16:56.057Z',
    );
    assert.equal(readHead({ meta: { ...parts, webhook_id: null }, data: { id: 20 } })?.dedupeKey, undefined);
  });

  it('is no webhook when it is no object', () => {
    for (const body of [[], 'text', 7, null, true]) assert.equal(readHead(body), null);
  });
});
