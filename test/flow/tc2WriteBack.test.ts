import assert from 'node:assert/strict';
import { orderSync } from '../../activities/hermes/requestSync.ts';
import { companySyncId, eventually, runOf, useHermes } from '../support/hermes.ts';
import { bodiesOf, callsOf, companyOf, dealsOf, keyOf, onlyOf, settle, signUp } from '../support/tc2Flow.ts';

const clients = '/api/clients/';

describe('what Hermes writes back to TutorCruncher', () => {
  const hermes = useHermes({ waitScale: 0.05 });
  beforeEach(() => hermes.reset());

  const attributesNow = () =>
    Object.fromEntries(
      (hermes.tc2.state.clients.get(70412)?.extra_attrs ?? []).map((one) => [one.machine_name, one.value]),
    );
  const writes = () => bodiesOf(hermes.tc2.requests, 'POST', clients);
  const syncShows = async (failure: string): Promise<boolean> => {
    const run = await runOf(hermes, companySyncId(1));
    const shown = run.typedSearchAttributes.getAll().find(({ key }) => key.name === 'HermesFailure');
    return run.status.name === 'RUNNING' && shown?.value === failure;
  };

  it('TCW-02, TCW-04: its four attributes in one POST, nothing else, and others stay as they are', async () => {
    signUp(hermes, { extra_attrs: { utm_source: 'GooGLE-Ads' } });
    await hermes.quiet();
    const { pd_org_id: organization } = await companyOf(hermes);
    const url = `${hermes.environment.PD_BASE_URL}/organization/${organization}/`;
    assert.deepEqual(writes(), [
      {
        extra_attrs: {
          pipedrive_url: url,
          pipedrive_id: String(organization),
          pipedrive_deal_stage: 'New',
          pipedrive_pipeline: 'PAYG',
          // TCW-05: a custom field that has a TC2 machine name.
          utm_medium: 'cpc',
        },
      },
    ]);
    assert.equal(attributesNow()['utm_source'], 'GooGLE-Ads');
    assert.equal(attributesNow()['pipedrive_url'], url);
    // Its echo changes nothing.
    const outcomes = await hermes.db('webhook').orderBy('id').pluck('outcome');
    assert.equal(outcomes.at(-1), 'unchanged');
    assert.equal(outcomes.length, 3);
  });

  it('TCW-04: only what became another is sent; of several open deals the lowest id speaks; with none the two stay', async () => {
    signUp(hermes);
    await settle(hermes);
    const { id } = await companyOf(hermes);
    const [deal] = await dealsOf(hermes, id);
    await hermes.db('deal').insert({ ...deal, id: undefined, pd_deal_id: null, status: 'open' });
    const trial = (await hermes.db('stage').where({ pd_stage_id: 13 }).first('id')) as { id: number };
    await hermes
      .db('deal')
      .where({ id: deal?.id ?? 0 })
      .update({ stage_id: trial.id });
    hermes.tc2.changeClient(70412, { meta_agency: { card_saved_dt: '2026-11-20T10:00:00Z' } });
    await hermes.quiet();
    assert.deepEqual(writes(), [{ extra_attrs: { pipedrive_deal_stage: 'Trial' } }]);

    await settle(hermes);
    hermes.tc2.changeClient(70412, { meta_agency: { status: 'terminated' } });
    await hermes.quiet();
    assert.deepEqual(writes(), []);
    assert.equal(attributesNow()['pipedrive_deal_stage'], 'Trial');
  });

  it('TCW-01: a company without a client, or without an organization, is not told of', async () => {
    await hermes.db('company').insert({ name: 'No client', sales_person_id: 1 });
    signUp(hermes, { meta_agency: { narc: true } });
    await hermes.quiet();
    assert.deepEqual(callsOf(hermes.tc2.requests), []);
  });

  it('TCW-05: a value that sales edited reaches TC2 as it is written, and its echo does not lower-case it', async () => {
    signUp(hermes, { meta_agency: { signup_data: null }, extra_attrs: { utm_medium: 'Original' } });
    await settle(hermes);
    const field = hermes.db('custom_field').where({ machine_name: 'utm_medium' }).select('id');
    const value = hermes.db('custom_field_value').whereIn('custom_field_id', field);
    assert.deepEqual(await value.clone().pluck('value'), ['original']);
    await value.clone().update({ value: JSON.stringify('Social Media') });
    await hermes.db('company').update({ wanted_version: hermes.db.raw('wanted_version + 1') });
    await orderSync(hermes.temporal, { companyId: 1, priority: 'webhook' });
    await eventually('TC2 has it', () => attributesNow()['utm_medium'] === 'Social Media');
    await hermes.quiet();
    assert.deepEqual(await value.clone().pluck('value'), ['Social Media']);
    assert.equal(
      onlyOf(hermes.pipedrive.organizations).custom_fields[keyOf('custom', 'utm_medium')],
      'Social Media',
    );
    assert.equal(writes().length, 1);
  });

  it('TCW-05: an amount and a set reach TC2 in its words, and their echo leaves them as they are', async () => {
    signUp(hermes, { meta_agency: { signup_data: null }, extra_attrs: { utm_medium: 'cpc' } });
    await settle(hermes);
    const field = hermes.db('custom_field').where({ machine_name: 'utm_medium' }).select('id');
    const values = hermes.db('custom_field_value').whereIn('custom_field_id', field);
    for (const [value, text] of [
      [{ value: 60, currency: 'USD' }, '60'],
      [['Red', 'Green'], 'Red, Green'],
    ] as const) {
      await values.clone().update({ value: JSON.stringify(value) });
      await hermes.db('company').update({ wanted_version: hermes.db.raw('wanted_version + 1') });
      await orderSync(hermes.temporal, { companyId: 1, priority: 'webhook' });
      await eventually(`TC2 has ${text}`, () => attributesNow()['utm_medium'] === text);
      await hermes.quiet();
      assert.deepEqual(await values.clone().pluck('value'), [value]);
    }
  });

  it('a client that is in the trash when it is to be written is written once an event shows it back', async () => {
    signUp(hermes);
    await settle(hermes);
    const { clients: alive, trash } = hermes.tc2.state;
    const client = alive.get(70412);
    assert.ok(client);
    // As when its webhooks are late: Hermes does not know of the trash.
    alive.delete(70412);
    trash.set(70412, client);
    const { id: companyId } = await companyOf(hermes);
    const trial = (await hermes.db('stage').where({ pd_stage_id: 13 }).first('id')) as { id: number };
    await hermes.db('deal').where({ company_id: companyId }).update({ stage_id: trial.id });
    await hermes.db('company').where({ id: companyId }).increment('wanted_version', 1);
    await orderSync(hermes.temporal, { companyId, priority: 'webhook' });
    await hermes.quiet();
    assert.equal(hermes.tc2.requests.matching({ method: 'POST', path: clients }).at(-1)?.status, 404);
    await settle(hermes);

    hermes.tc2.recoverClient(70412);
    await hermes.quiet();
    assert.equal(attributesNow()['pipedrive_deal_stage'], 'Trial');
    assert.equal(writes().length, 1);
    assert.deepEqual(callsOf(hermes.pipedrive.requests), []);
  });

  it('TCW-08, TCW-09: throttled four times, it waits as told and longer, visibly, and Pipedrive goes on meanwhile', async function () {
    this.timeout(90_000);
    hermes.tc2.faults.add({
      kind: 'status',
      method: 'POST',
      path: clients,
      status: 429,
      times: 4,
      headers: { 'retry-after': '1' },
      body: { detail: 'Request was throttled. Expected available in 1 second.' },
    });
    signUp(hermes);
    await eventually('the first 429', () => writes().length > 0);
    hermes.tc2.changeClient(70412, { meta_agency: { paid_invoice_count: 8 } });
    await eventually('Pipedrive has the change', () =>
      [...hermes.pipedrive.organizations.values()].some((one) =>
        Object.values(one.custom_fields).includes('8'),
      ),
    );
    assert.equal(attributesNow()['pipedrive_id'], undefined);
    await eventually('TC2 has the link', () => attributesNow()['pipedrive_id'] !== undefined, 60_000);
    const times = hermes.tc2.requests
      .matching({ method: 'POST', path: clients })
      .map(({ at }) => at.getTime());
    assert.equal(times.length, 5);
    const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.ok(
      waits.every((wait) => wait >= 1000),
      String(waits),
    );
    await hermes.quiet();
  });

  it('TCW-09, TCW-10: TC2 is away: shown on the run, never given up, and nothing else waits', async function () {
    this.timeout(90_000);
    hermes.tc2.faults.add({ kind: 'html', path: clients, times: Infinity });
    signUp(hermes);
    await eventually(
      'the run shows what it waits for',
      () => syncShows('Transient').catch(() => false),
      60_000,
    );
    assert.equal(hermes.pipedrive.organizations.size, 1);
    const company = await companyOf(hermes);
    assert.ok(company.tc2_synced_version < company.wanted_version);
    assert.equal(company.pipedrive_synced_version, company.wanted_version);
    // TC2's webhooks are answered and applied all the same.
    hermes.tc2.changeClient(70412, { meta_agency: { paid_invoice_count: 8 } });
    await eventually('the change is in Pipedrive', () =>
      [...hermes.pipedrive.organizations.values()].some((one) =>
        Object.values(one.custom_fields).includes('8'),
      ),
    );
    hermes.tc2.faults.clear();
    await eventually('TC2 has the link', () => attributesNow()['pipedrive_id'] !== undefined, 60_000);
    await hermes.quiet();
    assert.equal((await companyOf(hermes)).tc2_failure, null);
  });

  it('TCW-11: a 400 is not repeated: status, fields and the row of the call log in the failure, bodies in the log', async () => {
    signUp(hermes);
    await settle(hermes);
    hermes.tc2.state.extraAttrs = hermes.tc2.state.extraAttrs.filter(
      (one) => one.machine_name !== 'pipedrive_deal_stage',
    );
    const trial = (await hermes.db('stage').where({ pd_stage_id: 13 }).first('id')) as { id: number };
    await hermes.db('deal').update({ stage_id: trial.id });
    hermes.tc2.changeClient(70412, { meta_agency: { paid_invoice_count: 1 } });
    await hermes.quiet();
    assert.equal(writes().length, 1);
    const log = await hermes.db('api_call').where({ system: 'tc2', status: 400 });
    assert.equal(log.length, 1);
    assert.deepEqual(
      Object.keys(log[0].request_body.extra_attrs),
      Object.keys(writes()[0]?.['extra_attrs'] as object),
    );
    assert.deepEqual(Object.keys(log[0].response_body), ['extra_attrs']);
    const company = await companyOf(hermes);
    assert.equal(company.tc2_failed_version, company.wanted_version);
    assert.equal(company.pipedrive_synced_version, company.wanted_version);
    assert.match(company.tc2_failure ?? '', /400/);
    const history = await hermes.temporal.workflow.getHandle(companySyncId(1)).fetchHistory();
    const text = JSON.stringify(history).replaceAll(/"data":"([^"]*)"/g, (_, data: string) =>
      Buffer.from(data, 'base64').toString('utf8'),
    );
    assert.match(text, /"companyId":1/);
    for (const personal of ['Harbour', 'nell@', '+4477']) assert.ok(!text.includes(personal), personal);
  });

  it('a change that comes while an earlier one is refused is sent', async () => {
    signUp(hermes);
    await settle(hermes);
    const attributes = hermes.tc2.state.extraAttrs;
    hermes.tc2.state.extraAttrs = attributes.filter((one) => one.machine_name !== 'pipedrive_deal_stage');
    hermes.tc2.faults.add({ kind: 'slowBody', method: 'POST', path: clients, delayMs: 2000 });
    const moveTo = async (remoteId: number, paid: number): Promise<void> => {
      const stage = (await hermes.db('stage').where({ pd_stage_id: remoteId }).first('id')) as { id: number };
      await hermes.db('deal').update({ stage_id: stage.id });
      hermes.tc2.changeClient(70412, { meta_agency: { paid_invoice_count: paid } });
    };
    await moveTo(13, 1);
    await eventually('the call was made', () => hermes.tc2.faults.list().length === 0);
    await moveTo(12, 2);
    await eventually('the change is known', async () => (await companyOf(hermes)).paid_invoice_count === 2);
    hermes.tc2.state.extraAttrs = attributes;
    await hermes.quiet();
    assert.equal(attributesNow()['pipedrive_deal_stage'], 'Demo booked');
  });

  it('Pipedrive is away: TC2 is still told what changed, and what was linked is there', async function () {
    this.timeout(90_000);
    signUp(hermes);
    await settle(hermes);
    hermes.pipedrive.faults.add({ kind: 'html', path: '/api/', times: Infinity });
    const { id } = await companyOf(hermes);
    const trial = (await hermes.db('stage').where({ pd_stage_id: 13 }).first('id')) as { id: number };
    await hermes.db('deal').where({ company_id: id }).update({ stage_id: trial.id });
    hermes.tc2.changeClient(70412, { meta_agency: { card_saved_dt: '2026-11-20T10:00:00Z' } });
    await eventually('TC2 has the stage', () => attributesNow()['pipedrive_deal_stage'] === 'Trial', 60_000);
    assert.ok(await syncShows('Transient'));
    hermes.pipedrive.faults.clear();
    await eventually(
      'Pipedrive caught up',
      async () => {
        const company = await companyOf(hermes);
        return company.pipedrive_synced_version === company.wanted_version;
      },
      60_000,
    );
    await hermes.quiet();
  });
});
