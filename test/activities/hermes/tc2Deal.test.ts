import assert from 'node:assert/strict';
import { changed, startTc2Records, type Tc2Records } from '../../support/tc2Records.ts';

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString();

describe('a TC2 client and the deal', () => {
  let records: Tc2Records;
  before(async () => {
    records = await startTc2Records();
  });
  after(() => records.stop());
  beforeEach(() => records.reset());

  const dealsNow = async () => records.deals((await records.company()).id);

  const entryOf = (stageId: number | null) =>
    records
      .db('stage')
      .join('pipeline', 'pipeline.id', 'stage.pipeline_id')
      .where('stage.id', stageId ?? 0)
      .first('pd_stage_id', 'pd_pipeline_id');

  it('TCD-01, TCD-08: a new trial company gets one open deal with its fields', async () => {
    await records.deliver(
      changed({ bdr_person: { id: 31, first_name: 'A', last_name: 'B', email: 'a@b.example' } }),
    );
    const company = await records.company();
    const [contact] = await records.contacts(company.id);
    const [deal, ...others] = await dealsNow();
    assert.deepEqual(others, []);
    assert.ok(deal);
    assert.equal(deal.status, 'open');
    assert.equal(deal.name, 'Harbour Tutors');
    assert.equal(deal.admin_id, 1);
    assert.equal(deal.contact_id, contact?.id);
    assert.equal(deal.tc2_cligency_url, 'https://tc2.example/clients/70412/');
    assert.deepEqual(await entryOf(deal.stage_id), { pd_stage_id: 11, pd_pipeline_id: 1 });
    for (const field of [
      'utm_source',
      'utm_campaign',
      'estimated_income',
      'signup_questionnaire',
      'tc2_status',
      'website',
      'price_plan',
      'paid_invoice_count',
      'support_person_id',
      'bdr_person_id',
    ] as const) {
      assert.deepEqual(deal[field], company[field], field);
    }
  });

  it('TCD-02: pending_email_conf', async () => {
    await records.deliver(changed({ meta_agency: { status: 'pending_email_conf' } }));
    assert.equal((await dealsNow()).length, 1);
  });

  const none: [string, Parameters<typeof changed>[0]][] = [
    ['TCD-03, TCD-18: active', { meta_agency: { status: 'active' } }],
    ['TCD-04: older than 90 days', { meta_agency: { created: daysAgo(91) } }],
    ['TCD-05: invoices paid', { meta_agency: { paid_invoice_count: 1 } }],
    ['TCD-06, NARC-01: NARC', { meta_agency: { narc: true } }],
  ];
  for (const [name, change] of none) {
    it(`${name} -> none`, async () => {
      await records.deliver(changed(change));
      const company = await records.company();
      assert.deepEqual(await dealsNow(), []);
      assert.equal((await records.contacts(company.id)).length, change?.meta_agency?.narc === true ? 0 : 1);
    });
  }

  it('TCD-04: 89 days are new; what counts is the age of the agency, not of the row', async () => {
    await records.deliver(changed({ meta_agency: { created: daysAgo(89) } }));
    assert.equal((await dealsNow()).length, 1);
    await records.db('company').insert({ name: 'Met in Pipedrive', tc2_cligency_id: 5, sales_person_id: 1 });
    await records.deliver(
      changed({ id: 5, meta_agency: { id: 6, created: daysAgo(400) }, paid_recipients: [] }),
    );
    assert.deepEqual(await records.deals((await records.company(5)).id), []);
  });

  it('TCD-09: startup and enterprise have pipelines of their own', async () => {
    await records.deliver(changed({ meta_agency: { price_plan: 'monthly-startup' } }));
    assert.deepEqual(await entryOf((await dealsNow())[0]?.stage_id ?? null), {
      pd_stage_id: 21,
      pd_pipeline_id: 2,
    });
    await records.reset();
    await records.deliver(changed({ meta_agency: { price_plan: 'monthly-enterprise' } }));
    assert.deepEqual(await entryOf((await dealsNow())[0]?.stage_id ?? null), {
      pd_stage_id: 31,
      pd_pipeline_id: 3,
    });
  });

  it('TCD-11: an open deal is used, and keeps what sales edited on it', async () => {
    await records.deliver(changed());
    await records.db('deal').update({ utm_source: 'by hand', name: 'By hand' });
    await records.deliver(changed({ meta_agency: { status: 'pending_email_conf' } }));
    const [deal, ...others] = await dealsNow();
    assert.deepEqual(others, []);
    assert.deepEqual(
      [deal?.utm_source, deal?.name, deal?.tc2_status],
      ['by hand', 'By hand', 'pending_email_conf'],
    );
  });

  for (const status of ['lost', 'won', 'deleted'] as const) {
    it(`TCD-12, TCD-14: a ${status} deal stays so, and there is no new one`, async () => {
      await records.deliver(changed());
      await records.db('deal').update({ status });
      await records.deliver(changed({ meta_agency: { status: 'pending_email_conf' } }));
      assert.deepEqual(
        (await dealsNow()).map((deal) => deal.status),
        [status],
      );
    });
  }

  it('TCD-16: open, lost and won stay three', async () => {
    await records.deliver(changed());
    const { id } = await records.company();
    await records.db('deal').insert([
      { company_id: id, status: 'lost' },
      { company_id: id, status: 'won' },
    ]);
    await records.deliver(changed({ meta_agency: { website: null, paid_invoice_count: 3 } }));
    const deals = await dealsNow();
    assert.deepEqual(
      deals.map((deal) => deal.status),
      ['open', 'lost', 'won'],
    );
    // Only the open one follows the company.
    assert.deepEqual(
      deals.map((deal) => deal.paid_invoice_count),
      [3, 0, 0],
    );
  });

  it('a pipeline without an entry stage: no deal, a note, and the deal once there is one', async () => {
    await records.db('pipeline').update({ dft_entry_stage_id: null });
    const [first] = await records.deliver(changed());
    assert.match(first?.row.reason ?? '', /entry stage/);
    assert.deepEqual(await dealsNow(), []);
    const [second] = await records.deliver(changed());
    assert.equal(second?.row.outcome, 'unchanged');
    await records.configure('pipelines: [{pd_pipeline_id: 1, default_entry_stage: 11, name: PAYG}]');
    await records.deliver(changed());
    assert.equal((await dealsNow()).length, 1);
  });

  describe('NARC and terminated', () => {
    beforeEach(async () => {
      await records.deliver(changed());
      const { id } = await records.company();
      await records.db('deal').insert([
        { company_id: id, status: 'open' },
        { company_id: id, status: 'won' },
      ]);
    });

    it('NARC-06, NARC-07: becomes NARC -> all open deals lost, the won one stays', async () => {
      await records.deliver(changed({ meta_agency: { narc: true } }));
      assert.deepEqual(
        (await dealsNow()).map((deal) => deal.status),
        ['lost', 'lost', 'won'],
      );
    });

    it('NARC-08: terminated -> all open deals lost, and no new one when it lives again', async () => {
      await records.deliver(changed({ meta_agency: { status: 'terminated' } }));
      assert.deepEqual(
        (await dealsNow()).map((deal) => deal.status),
        ['lost', 'lost', 'won'],
      );
      await records.deliver(changed({ meta_agency: { status: 'trial' } }));
      assert.deepEqual(
        (await dealsNow()).map((deal) => deal.status),
        ['lost', 'lost', 'won'],
      );
    });

    it('NARC taken off again: closed deals stay closed, recipients become contacts', async () => {
      await records.deliver(changed({ meta_agency: { narc: true } }));
      await records.db('contact').delete();
      await records.deliver(changed({ meta_agency: { narc: false } }));
      assert.deepEqual(
        (await dealsNow()).map((deal) => deal.status),
        ['lost', 'lost', 'won'],
      );
      assert.equal((await records.contacts((await records.company()).id)).length, 1);
    });
  });
});
