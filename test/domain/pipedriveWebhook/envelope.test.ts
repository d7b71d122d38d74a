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

  it('each entity has its run; a change names its record by its own id, never by old values', () => {
    const head = (entity: string, action: string, data: unknown, previous: unknown = null) =>
      readHead({ meta: { ...meta, entity, action }, data, previous });
    const types = ['organization', 'person', 'deal', 'pipeline', 'stage'].map(
      (entity) => head(entity, 'create', { id: 20 })?.type,
    );
    assert.deepEqual(types, [
      'PdOrganizationUpdated',
      'PdPersonUpdated',
      'PdDealUpdated',
      'PdPipelineUpdated',
      'PdStageUpdated',
    ]);
    assert.equal(head('deal', 'change', { id: 9 }, { id: 8 })?.subject, 'deal-9');
    assert.equal(head('deal', 'change', {}, { id: 8 })?.subject, 'deal-20');
    assert.equal(head('stage', 'delete', null)?.type, null, 'PDL-10');
    assert.equal(head('deal', 'delete', null)?.type, 'PdDealUpdated');
  });

  it('PDW-07: an id that is no id is a fault for its run to show', () => {
    const head = readHead({ meta: { ...meta, entity_id: null }, data: { id: 'x' } });
    assert.deepEqual([head?.type, head?.subject], ['PdOrganizationUpdated', 'organization-unknown']);
    assert.equal(head?.summary, 'Pipedrive organization without id, change');
  });

  it('tells version 1 by any of its marks', () => {
    for (const body of [
      { current: { id: 20 }, meta },
      { data: { id: 20 }, meta: { object: 'organization', action: 'change' } },
      { data: { id: 20 }, event: 'updated.organization', meta: {} },
      { data: { id: 20 }, meta: { ...meta, v: 1 } },
    ]) {
      assert.match(readHead(body)?.ignoredBecause ?? '', /version 1/);
    }
    assert.equal(readHead({ data: { id: 20 }, event: 'x', meta })?.ignoredBecause, null);
  });

  it('what holds is said without when; names of the sender are cut and cleaned before they are shown', () => {
    const head = readHead({
      meta: { ...meta, entity: ` --A\u0000d\n\n hoc/${'x'.repeat(90)}` },
      data: { id: 1 },
    });
    assert.equal(head?.subject, `ad-hoc-${'x'.repeat(51)}-1`);
    assert.match(head?.summary ?? '', /^Pipedrive --Ad hoc\/x{51} 1, change$/);
    assert.equal(readHead({ meta: { ...meta, entity: '--' }, data: { id: 1 } })?.subject, 'unknown-1');
    const data = { id: 20 };
    assert.deepEqual(readHead({ meta, data })?.content, { entity: 'organization', action: 'change', data });
    assert.deepEqual(readHead({ meta: {} })?.content, { entity: null, action: null, data: null });
  });

  it('names the organization of a person and of a deal', () => {
    const head = (entity: string) =>
      readHead({ meta: { ...meta, entity, entity_id: '7' }, data: { id: 7, org_id: 20 }, previous: null });
    assert.equal(head('person')?.organizationId, 20);
    assert.equal(head('deal')?.organizationId, 20);
    assert.equal(head('stage')?.organizationId, null);
    const gone = { ...meta, entity: 'deal', action: 'delete' };
    assert.equal(readHead({ meta: gone, data: null, previous: { org_id: 21 } })?.organizationId, 21);
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
