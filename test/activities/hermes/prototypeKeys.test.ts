import assert from 'node:assert/strict';
import { clientEvent, webhookBody } from '../../../sandbox/tc2/events.ts';
import {
  attributes,
  clientLike,
  nextMoment,
  startTc2Records,
  type Tc2Records,
} from '../../support/tc2Records.ts';
import { custom, startPdHarness, type PdHarness } from '../../workflows/pdHarness.ts';

type Json = Record<string, unknown>;

const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'] as const;

/** The value with such keys of its own in every object, as JSON.parse makes them. */
const polluted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(polluted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${JSON.stringify(polluted(member))}`,
  );
  const added = names.map(
    (name) => `"${name}":{"polluted":true,"id":666,"name":"Mallory","is_deleted":true}`,
  );
  return JSON.parse(`{${[...added, ...members].join(',')}}`);
};

const isClean = (): void => {
  for (const value of [{}, [], () => undefined, '']) {
    assert.equal((value as unknown as Json)['polluted'], undefined);
    assert.equal((value as unknown as Json)['is_deleted'], undefined);
  }
  assert.equal(typeof {}.toString, 'function');
};

describe('keys of prototypes in webhooks', () => {
  afterEach(isClean);

  describe('from TutorCruncher', () => {
    let records: Tc2Records;
    before(async () => {
      records = await startTc2Records();
      await records.reset();
    });
    after(() => records.stop());

    it('are names like others: the client is applied as if they were not there', async () => {
      const client = clientLike({
        extra_attrs: attributes(Object.fromEntries([...names, 'utm_source'].map((name) => [name, 'google']))),
      });
      const { status, rows } = await records.file(
        webhookBody([polluted(clientEvent(client, 'EDITED_A_CLIENT', nextMoment()))]),
      );
      assert.equal(status, 200);
      assert.ok(rows[0]);
      const result = await records.apply(rows[0]);
      assert.deepEqual([result.kind, result.kind === 'done' ? result.outcome : result], ['done', 'applied']);
      const company = await records.company();
      assert.deepEqual(
        [company.name, company.tc2_agency_id, company.utm_source, company.is_deleted],
        [client.meta_agency?.name, client.meta_agency?.id, 'google', false],
      );
    });
  });

  describe('from Pipedrive', () => {
    let pd: PdHarness;
    before(async () => {
      pd = await startPdHarness();
    });
    after(() => pd.stop());

    it('are names like others: the organization is applied as if they were not there', async () => {
      const id = await pd.insert('company', { name: 'Harbour Tutors', pd_org_id: 20, sales_person_id: 1 });
      await pd.synced(id);
      const { result } = await pd.send({
        data: polluted({
          id: 20,
          name: 'Harbour',
          owner_id: 102,
          custom_fields: custom({ website: 'https://harbour.example' }),
        }) as Json,
        previous: polluted({ name: 'Harbour Tutors', custom_fields: {} }),
        meta: polluted({}) as Json,
      });
      assert.equal(result.kind, 'done', JSON.stringify(result));
      const company = await pd.company(id);
      assert.deepEqual([company.name, company.is_deleted], ['Harbour', false]);
    });
  });
});
