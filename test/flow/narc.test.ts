import assert from 'node:assert/strict';
import { eventually, useHermes } from '../support/hermes.ts';
import {
  bodiesOf,
  callsOf,
  companyOf,
  contactsOf,
  dealsOf,
  onlyOf,
  settle,
  signUp,
  writesAndReads,
} from '../support/tc2Flow.ts';

describe('NARC and terminated companies', () => {
  const hermes = useHermes();
  beforeEach(() => hermes.reset());

  const alive = <T extends { is_deleted: boolean }>(records: ReadonlyMap<number, T>): T[] =>
    [...records.values()].filter((record) => !record.is_deleted);

  const idsOf = async () => {
    const company = await companyOf(hermes);
    const [contact] = await contactsOf(hermes, company.id);
    const deals = await dealsOf(hermes, company.id);
    return [company.pd_org_id, contact?.pd_person_id ?? null, ...deals.map((deal) => deal.pd_deal_id)];
  };

  it('NARC-01, NARC-02: a new NARC agency is a company without contacts and deal, and unknown to Pipedrive', async () => {
    signUp(hermes, { meta_agency: { narc: true } });
    await hermes.quiet();
    const company = await companyOf(hermes);
    assert.deepEqual(await contactsOf(hermes, company.id), []);
    assert.deepEqual(await dealsOf(hermes, company.id), []);
    assert.equal(company.pd_org_id, null);
    assert.deepEqual(callsOf(hermes.pipedrive.requests), []);
    assert.deepEqual(callsOf(hermes.tc2.requests), []);
  });

  it('NARC-03, NARC-04, NARC-05, NARC-07: becomes NARC -> deal, person and organization deleted, ids cleared; and back', async () => {
    signUp(hermes);
    await hermes.quiet();
    const { id } = await companyOf(hermes);
    await hermes
      .db('deal')
      .insert({ company_id: id, status: 'open', name: 'Second', pipeline_id: 1, stage_id: 1 });
    hermes.tc2.changeClient(70412, { meta_agency: { card_saved_dt: '2026-11-20T10:00:00Z' } });
    await settle(hermes);
    assert.equal(alive(hermes.pipedrive.deals).length, 2);
    await hermes.db('deal').where({ name: 'Second' }).update({ status: 'won' });

    hermes.tc2.changeClient(70412, { meta_agency: { narc: true } });
    await hermes.quiet();
    assert.deepEqual(callsOf(hermes.pipedrive.requests), [
      'DELETE /api/v2/deals/:id',
      'DELETE /api/v2/deals/:id',
      'DELETE /api/v2/persons/:id',
      'DELETE /api/v2/organizations/:id',
    ]);
    assert.deepEqual(await idsOf(), [null, null, null, null]);
    assert.deepEqual(
      (await dealsOf(hermes, id)).map(({ status }) => status),
      ['lost', 'won'],
    );
    assert.equal((await companyOf(hermes)).is_deleted, false);

    await settle(hermes);
    hermes.tc2.changeClient(70412, { meta_agency: { narc: false } });
    await hermes.quiet();
    assert.deepEqual(
      writesAndReads(hermes.pipedrive.requests).filter((call) => call.startsWith('POST')),
      ['POST /api/v2/organizations', 'POST /api/v2/persons'],
    );
    assert.equal(alive(hermes.pipedrive.organizations).length, 1);
    assert.equal(alive(hermes.pipedrive.persons).length, 1);
    assert.equal(alive(hermes.pipedrive.deals).length, 0);
    assert.deepEqual(
      (await dealsOf(hermes, id)).map(({ status }) => status),
      ['lost', 'won'],
    );
  });

  it('NARC-08, NARC-09: terminated -> the deals are lost there, too, and the organization lives', async () => {
    signUp(hermes);
    await settle(hermes);
    hermes.tc2.changeClient(70412, { meta_agency: { status: 'terminated' } });
    await hermes.quiet();
    assert.deepEqual(bodiesOf(hermes.pipedrive.requests, 'PATCH', /deals/), [{ status: 'lost' }]);
    assert.equal(onlyOf(hermes.pipedrive.deals).status, 'lost');
    assert.equal(onlyOf(hermes.pipedrive.organizations).is_deleted, false);
  });

  it('NARC-10, NARC-12: a delete that Pipedrive refuses is visible, and the id is kept', async () => {
    signUp(hermes);
    await settle(hermes);
    const refused = {
      kind: 'status' as const,
      status: 400,
      method: 'DELETE',
      times: Infinity,
      body: { success: false, error: 'no' },
    };
    hermes.pipedrive.faults.add({ ...refused, path: '/api/v2/organizations' });
    hermes.pipedrive.faults.add({ ...refused, path: '/api/v2/deals' });
    hermes.tc2.changeClient(70412, { meta_agency: { narc: true } });
    await hermes.quiet();
    const [organization, person, deal] = await idsOf();
    assert.ok(organization !== null && deal !== null);
    assert.equal(person, null);
    const company = await companyOf(hermes);
    assert.equal(company.pipedrive_failed_version, company.wanted_version);
    assert.match(company.pipedrive_failure ?? '', /deal/);
    await eventually('the failed sync is found', async () => {
      const { count } = await hermes.temporal.workflow.count(
        `HermesFailure = 'Refused' and ExecutionStatus = 'Failed'`,
      );
      return count === 1;
    });

    // The next change heals it.
    hermes.pipedrive.faults.clear();
    hermes.tc2.changeClient(70412, { meta_agency: { paid_invoice_count: 1 } });
    await hermes.quiet();
    assert.deepEqual(await idsOf(), [null, null, null]);
  });
});
