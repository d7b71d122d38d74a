import assert from 'node:assert/strict';
import { clientEvent, deletedEvent } from '../../sandbox/tc2/events.ts';
import { companySyncId, eventually, runOf, useHermes } from '../support/hermes.ts';
import {
  bodiesOf,
  callsOf,
  companyOf,
  contactsOf,
  dealsOf,
  keyOf,
  onlyOf,
  quietAfterMuch,
  settle,
  signUp,
  writesAndReads,
} from '../support/tc2Flow.ts';

describe('TutorCruncher to Pipedrive', () => {
  const hermes = useHermes();
  beforeEach(() => hermes.reset());

  it('TCC-39, TCC-43, TCD-17: a new signup costs three creates and the searches that adoption needs', async () => {
    signUp(hermes);
    await hermes.quiet();
    assert.deepEqual(writesAndReads(hermes.pipedrive.requests), [
      'POST /api/v2/organizations',
      'POST /api/v2/persons',
      'POST /api/v2/deals',
    ]);
    assert.deepEqual(
      callsOf(hermes.pipedrive.requests).filter((call) => call.includes('search')),
      ['GET /api/v2/organizations/search', 'GET /api/v2/persons/search', 'GET /api/v2/persons/search'],
    );
    const company = await companyOf(hermes);
    const [contact] = await contactsOf(hermes, company.id);
    const [deal] = await dealsOf(hermes, company.id);
    const organization = onlyOf(hermes.pipedrive.organizations);
    const person = onlyOf(hermes.pipedrive.persons);
    const pdDeal = onlyOf(hermes.pipedrive.deals);
    assert.equal(company.is_deleted, false);
    assert.equal(company.tc2_status, 'trial');
    assert.equal(company.pd_org_id, organization.id);
    assert.equal(contact?.pd_person_id, person.id);
    assert.equal(deal?.pd_deal_id, pdDeal.id);
    assert.equal(person.org_id, organization.id);
    assert.deepEqual([pdDeal.org_id, pdDeal.person_id, pdDeal.status], [organization.id, person.id, 'open']);
    assert.deepEqual([pdDeal.pipeline_id, pdDeal.stage_id, pdDeal.owner_id], [1, 11, 101]);

    const [body] = bodiesOf(hermes.pipedrive.requests, 'POST', '/api/v2/organizations');
    assert.equal(body?.['name'], 'Harbour Tutors');
    assert.equal(body['owner_id'], 101);
    const fields = body['custom_fields'] as Record<string, unknown>;
    assert.equal(fields[keyOf('organization', 'tc2_status')], 'trial');
    // TCC-27: the questionnaire as JSON text.
    assert.equal(fields[keyOf('organization', 'signup_questionnaire')], company.signup_questionnaire);
    // TCC-47: click id, and dates as dates.
    assert.equal(fields[keyOf('organization', 'gclid')], 'EAIaIQobChMIx9Qz');
    assert.equal(fields[keyOf('organization', 'gclid_expiry_dt')], '2027-02-16');
    assert.equal(fields[keyOf('organization', 'email_confirmed_dt')], '2026-11-18');
    assert.equal(
      fields[keyOf('organization', 'tc2_cligency_url')],
      `${hermes.environment.TC2_BASE_URL}/clients/70412/`,
    );
    // TCC-48: signup_data as text, yes and no as options.
    assert.equal(fields[keyOf('custom', 'utm_medium')], 'cpc');
    assert.equal(fields[keyOf('custom', 'company_name')], 'Harbour Tutors');
    assert.equal(fields[keyOf('custom', 'receive_marketing_emails')], 201);
    assert.equal(fields[keyOf('custom', 'operate_as_ea')], 204);
    assert.equal(pdDeal.custom_fields[keyOf('deal', 'utm_source')], 'google');

    // What happened is shown to operators by id and state.
    const [row] = await hermes.db('webhook').where({ outcome: 'applied' }).select('workflow_id', 'type');
    const run = await runOf(hermes, row.workflow_id);
    assert.equal(run.type, 'TcClientUpdated');
    assert.equal(run.status.name, 'COMPLETED');
    assert.deepEqual(
      Object.fromEntries(
        run.typedSearchAttributes
          .getAll()
          .map(({ key, value }) => [key.name, value])
          .filter(([name]) => String(name).startsWith('Hermes')),
      ),
      { HermesSource: 'tc2', HermesSubject: 'client-70412', HermesCompanyId: String(company.id) },
    );
  });

  it('an unchanged client that is sent again costs no call', async () => {
    signUp(hermes);
    await settle(hermes);
    // One after the other: of two at once the older one may come second, and is stale then.
    for (let times = 0; times < 2; times += 1) {
      hermes.tc2.resendAll();
      await hermes.quiet();
    }
    assert.deepEqual(callsOf(hermes.pipedrive.requests), []);
    assert.deepEqual(callsOf(hermes.tc2.requests), []);
    const outcomes = await hermes.db('webhook').orderBy('id').pluck('outcome');
    assert.ok(outcomes.slice(-2).every((outcome) => outcome === 'unchanged'));
  });

  it('TCC-40, TCC-42, TCC-44: a changed field is one PATCH with that field alone; the company lives on', async () => {
    signUp(hermes, { meta_agency: { status: 'active' } });
    await settle(hermes);
    hermes.tc2.changeClient(70412, { meta_agency: { card_saved_dt: '2026-11-20T10:00:00Z' } });
    await hermes.quiet();
    assert.deepEqual(callsOf(hermes.pipedrive.requests), ['PATCH /api/v2/organizations/:id']);
    assert.deepEqual(bodiesOf(hermes.pipedrive.requests, 'PATCH', /organizations/), [
      { custom_fields: { [keyOf('organization', 'card_saved_dt')]: '2026-11-20' } },
    ]);
    assert.equal((await companyOf(hermes)).is_deleted, false);
    assert.deepEqual(callsOf(hermes.tc2.requests), []);
  });

  it('SYN-65: a field that deals inherit is one more PATCH for each open deal, and none for closed ones', async () => {
    signUp(hermes);
    await hermes.quiet();
    const { id } = await companyOf(hermes);
    const [deal] = await dealsOf(hermes, id);
    await hermes.db('deal').insert([
      { ...deal, id: undefined, pd_deal_id: null },
      { ...deal, id: undefined, pd_deal_id: null, status: 'lost' },
    ]);
    await hermes.db('company').update({ wanted_version: hermes.db.raw('wanted_version + 1') });
    hermes.tc2.changeClient(70412, { meta_agency: { card_saved_dt: '2026-11-20T10:00:00Z' } });
    await settle(hermes);
    assert.equal(hermes.pipedrive.deals.size, 2);

    hermes.tc2.changeClient(70412, { meta_agency: { website: 'https://new.example' } });
    hermes.tc2.changeClient(70412, { extra_attrs: { utm_campaign: 'Winter' } });
    await hermes.quiet();
    assert.deepEqual(callsOf(hermes.pipedrive.requests).sort(), [
      'PATCH /api/v2/deals/:id',
      'PATCH /api/v2/deals/:id',
      'PATCH /api/v2/organizations/:id',
    ]);
    for (const body of bodiesOf(hermes.pipedrive.requests, 'PATCH', /deals/)) {
      assert.deepEqual(body, { custom_fields: { [keyOf('deal', 'utm_campaign')]: 'winter' } });
    }
  });

  it('TCI-01, OPS-14, OPS-19: an invoice paid with two open deals: one GET at TC2, one PATCH each', async () => {
    signUp(hermes, { meta_agency: { paid_invoice_count: 0 } });
    await hermes.quiet();
    const { id } = await companyOf(hermes);
    const [deal] = await dealsOf(hermes, id);
    await hermes.db('deal').insert({ ...deal, id: undefined, pd_deal_id: null });
    hermes.tc2.changeClient(70412, { meta_agency: { card_saved_dt: '2026-11-20T10:00:00Z' } });
    await settle(hermes);
    assert.equal(hermes.pipedrive.deals.size, 2);

    hermes.tc2.invoicePaid(70412);
    await hermes.quiet();
    assert.deepEqual(callsOf(hermes.tc2.requests), ['GET /api/clients/:id/']);
    assert.deepEqual(callsOf(hermes.pipedrive.requests).sort(), [
      'PATCH /api/v2/deals/:id',
      'PATCH /api/v2/deals/:id',
      'PATCH /api/v2/organizations/:id',
    ]);
    for (const body of bodiesOf(hermes.pipedrive.requests, 'PATCH', /deals/)) {
      assert.deepEqual(body, { custom_fields: { [keyOf('deal', 'paid_invoice_count')]: '1' } });
    }
    assert.deepEqual(bodiesOf(hermes.pipedrive.requests, 'PATCH', /organizations/), [
      { custom_fields: { [keyOf('organization', 'paid_invoice_count')]: '1' } },
    ]);
    const [run] = await hermes
      .db('webhook')
      .where({ type: 'TcInvoiceUpdated' })
      .select('outcome', 'workflow_id');
    assert.equal(run.outcome, 'applied');
    assert.match(run.workflow_id, /^tc-invoice-\d+-[0-9a-f]{12}$/);
  });

  it('TCI-01, TCC-23: a questionnaire that is read is the same as one that is sent, in whatever order its keys are', async () => {
    signUp(hermes, {
      meta_agency: { signup_questionnaire: { 'how-many-tutors': 'Ten', 'a-b': 'Yes', c: [] } },
    });
    await settle(hermes);
    const { signup_questionnaire: said } = await companyOf(hermes);

    hermes.tc2.invoicePaid(70412);
    await settle(hermes);
    const company = await companyOf(hermes);
    assert.equal(company.paid_invoice_count, 1);
    assert.equal(said, '{"how-many-tutors": "Ten", "a-b": "Yes", "c": []}');
    assert.equal(company.signup_questionnaire, said);
  });

  it('TCC-45: an organization that holds the link to the client is found and updated, not doubled', async () => {
    hermes.pipedrive.seed({
      organizations: [
        {
          id: 900,
          name: 'Typed in by hand',
          custom_fields: {
            [keyOf('organization', 'tc2_cligency_url')]: `${hermes.environment.TC2_BASE_URL}/clients/70412/`,
          },
        },
      ],
    });
    signUp(hermes);
    await hermes.quiet();
    assert.equal(hermes.pipedrive.organizations.size, 1);
    assert.equal((await companyOf(hermes)).pd_org_id, 900);
    const organization = onlyOf(hermes.pipedrive.organizations);
    assert.equal(organization.name, 'Harbour Tutors');
    assert.equal(organization.custom_fields[keyOf('organization', 'hermes_id')], '1');
  });

  it('TCX-01, NARC-09: a deletion loses the open deals there, too, and leaves organization and persons alone', async () => {
    signUp(hermes);
    await settle(hermes);
    hermes.tc2.deleteClient(70412);
    await hermes.quiet();
    assert.deepEqual(callsOf(hermes.pipedrive.requests), ['PATCH /api/v2/deals/:id']);
    assert.deepEqual(bodiesOf(hermes.pipedrive.requests, 'PATCH', /deals/), [{ status: 'lost' }]);
    assert.deepEqual(callsOf(hermes.tc2.requests), []);

    await settle(hermes);
    hermes.tc2.recoverClient(70412);
    await hermes.quiet();
    assert.equal((await companyOf(hermes)).is_deleted, false);
    assert.deepEqual(callsOf(hermes.pipedrive.requests), []);
    assert.equal(onlyOf(hermes.pipedrive.deals).status, 'lost');
  });

  it('PDO-31, PDO-32: a company that was deleted in Pipedrive causes no call', async () => {
    signUp(hermes);
    await settle(hermes);
    await hermes.db('company').update({ is_deleted: true, deleted_by: 'pipedrive', pd_org_id: null });
    hermes.tc2.changeClient(70412, { meta_agency: { paid_invoice_count: 3 } });
    await hermes.quiet();
    assert.deepEqual(callsOf(hermes.pipedrive.requests), []);
    assert.equal((await companyOf(hermes)).paid_invoice_count, 3);
  });

  it('an event from long ago is not believed: the client is read, whatever its text holds', async () => {
    signUp(hermes);
    await settle(hermes);
    const client = hermes.tc2.state.clients.get(70412);
    assert.ok(client?.meta_agency);
    const old = new Date(Date.now() - 30 * 60_000);
    await hermes.tc2.send([
      clientEvent(
        { ...client, meta_agency: { ...client.meta_agency, status: 'suspended' } },
        'EDITED_A_CLIENT',
        old,
      ),
    ]);
    // Nobody announced this.
    Object.assign(client.meta_agency, { status: 'active', gclid: 'a\u0000\ud800b' });
    await hermes.tc2.send([clientEvent(client, 'EDITED_A_CLIENT', new Date(old.getTime() + 1))]);
    await hermes.quiet();
    assert.deepEqual(callsOf(hermes.tc2.requests), ['GET /api/clients/:id/', 'GET /api/clients/:id/']);
    const company = await companyOf(hermes);
    assert.deepEqual([company.tc2_status, company.gclid], ['active', 'a\ufffdb']);

    // Deleted long ago, says an event; it lives, says TC2.
    await hermes.tc2.send([deletedEvent(client, old)]);
    await hermes.quiet();
    assert.equal((await companyOf(hermes)).is_deleted, false);
  });

  it('TCC-06: an unknown sales person: the run is failed and found by its type', async () => {
    signUp(hermes, { sales_person: { id: 999, first_name: 'N', last_name: 'N', email: 'n@acme.example' } });
    await hermes.quiet();
    const [row, ...others] = await hermes.db('webhook').where({ outcome: 'failed' }).select('*');
    // CREATED and EDITED say the same: one failed run.
    assert.deepEqual(others, []);
    const run = await runOf(hermes, row.workflow_id);
    assert.equal(run.status.name, 'FAILED');
    await assert.rejects(hermes.temporal.workflow.getHandle(row.workflow_id).result(), (error: Error) => {
      const cause = error.cause as { type?: string; message: string };
      assert.equal(cause.type, 'UnknownSalesPerson');
      assert.match(cause.message, /TC2 admin 999/);
      return true;
    });
    await eventually('the failed run is found', async () => {
      const { count } = await hermes.temporal.workflow.count(`HermesFailure = 'UnknownSalesPerson'`);
      return count === 1;
    });
    assert.equal(hermes.pipedrive.requests.entries.length, 0);
  });

  it('TCA-11: CREATED and EDITED of 20 clients at once end in one of everything, each', async function () {
    this.timeout(90_000);
    for (let index = 0; index < 20; index += 1) signUp(hermes, { id: 80_000 + index });
    await quietAfterMuch(hermes);
    for (const table of ['company', 'contact', 'deal']) {
      assert.equal((await hermes.db(table)).length, 20, table);
    }
    const { organizations, persons, deals } = hermes.pipedrive;
    assert.deepEqual([organizations.size, persons.size, deals.size], [20, 20, 20]);
    const creates = writesAndReads(hermes.pipedrive.requests).filter((call) => call.startsWith('POST'));
    assert.equal(creates.length, 60);
    assert.equal(new Set(await hermes.db('company').pluck('pd_org_id')).size, 20);
  });

  it('a burst of 50 changes ends in the final state with at most three passes', async function () {
    this.timeout(90_000);
    const client = signUp(hermes);
    await settle(hermes);
    const at = Date.now();
    await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        hermes.tc2.send([
          clientEvent(
            {
              ...client,
              meta_agency: client.meta_agency && { ...client.meta_agency, paid_invoice_count: index + 1 },
            },
            'EDITED_A_CLIENT',
            new Date(at + index),
          ),
        ]),
      ),
    );
    await quietAfterMuch(hermes);
    assert.equal((await companyOf(hermes)).paid_invoice_count, 50);
    assert.equal(
      onlyOf(hermes.pipedrive.organizations).custom_fields[keyOf('organization', 'paid_invoice_count')],
      '50',
    );
    const patches = hermes.pipedrive.requests.matching({ method: 'PATCH', path: /organizations/ });
    assert.ok(patches.length <= 3, `${patches.length} passes`);
    const { passes } = (await hermes.temporal.workflow.getHandle(companySyncId(1)).result()) as {
      passes: number;
    };
    assert.ok(passes <= 3, `${passes} passes`);
  });
});
