import assert from 'node:assert/strict';
import fc from 'fast-check';
import { custom, dealKeys, personKey, startPdHarness, type PdHarness } from './pdHarness.ts';

/** Payloads as the account sends them; mutations go on from there. */
const samples: Record<string, Record<string, unknown>> = {
  organization: {
    id: 20,
    name: 'Harbour Tutors',
    owner_id: 101,
    address: null,
    country_code: 'GB',
    label_ids: [],
    visible_to: '3',
    custom_fields: custom({
      hermes_id: '1',
      support_person_id: 102,
      pay0_dt: null,
      paid_invoice_count: '4',
      website: 'https://harbour-tutors.example',
    }),
  },
  person: {
    id: 7,
    name: 'Nell Harbour',
    org_id: 20,
    owner_id: 101,
    emails: [{ value: 'nell@harbour-tutors.example', label: 'work', primary: true }],
    phones: [],
    custom_fields: { [personKey]: { type: 'varchar', value: '1' } },
  },
  deal: {
    id: 9,
    title: 'Harbour Tutors',
    owner_id: 101,
    org_id: 20,
    person_id: 7,
    pipeline_id: 1,
    stage_id: 11,
    status: 'open',
    custom_fields: custom({ hermes_id: null, price_plan: 'payg' }, dealKeys),
  },
  pipeline: { id: 1, name: 'PAYG', active_flag: true },
  stage: { id: 11, name: 'New', pipeline_id: 1, active_flag: true },
};

const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    null,
    '',
    '1, 2',
    '\u0000',
    '\ud800',
    0,
    -1,
    2 ** 40,
    1e308,
    '2026-13-45',
    [[]],
    { type: 'user', id: 'x' },
    { type: 'date', value: '0000-00-00' },
    { value: null },
  ),
);

/** Replaces some values, anywhere, by odd ones. */
const mutated = (sample: Record<string, unknown>): fc.Arbitrary<Record<string, unknown>> => {
  const keys = Object.keys(sample).filter((key) => key !== 'id' && key !== 'custom_fields');
  const fields = sample['custom_fields'] as Record<string, unknown> | undefined;
  const some = (names: string[]) =>
    names.length === 0 ? fc.constant({}) : fc.dictionary(fc.constantFrom(...names), odd, { maxKeys: 3 });
  return fc.tuple(some(keys), some(Object.keys(fields ?? {})), fc.boolean()).map(([top, inner, dropped]) => ({
    ...sample,
    ...top,
    ...(fields === undefined || dropped ? {} : { custom_fields: { ...fields, ...inner } }),
  }));
};

describe('mutated Pipedrive events', () => {
  let hermes: PdHarness;
  before(async () => {
    hermes = await startPdHarness();
  });
  after(() => hermes.stop());
  beforeEach(async () => {
    await hermes.reset();
    await hermes.insert('company', { name: 'Harbour Tutors', pd_org_id: 20, sales_person_id: 1 });
    await hermes.insert('contact', { company_id: 1, pd_person_id: 7, last_name: 'Harbour' });
    await hermes.insert('deal', { company_id: 1, pd_deal_id: 9, name: 'Harbour Tutors' });
    await hermes.synced(1);
  });

  for (const [entity, sample] of Object.entries(samples)) {
    it(`${entity}: each ends in an outcome, none in an error`, async function () {
      this.timeout(90_000);
      await fc.assert(
        fc.asyncProperty(
          mutated(sample),
          fc.constantFrom('create' as const, 'change' as const),
          odd,
          async (data, action, previous) => {
            const { row } = await hermes.send({
              entity,
              action,
              data,
              previous,
            });
            assert.ok(
              ['applied', 'unchanged', 'ignored', 'failed', 'parked', 'stale'].includes(row.outcome ?? ''),
            );
          },
        ),
        { numRuns: 40 },
      );
      assert.equal(
        await hermes
          .db('company')
          .count('id as n')
          .first()
          .then((row) => Number(row?.['n']) >= 1),
        true,
      );
    });
  }
});
