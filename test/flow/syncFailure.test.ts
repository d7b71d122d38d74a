import assert from 'node:assert/strict';
import type { Fault } from '../../sandbox/common/faults.ts';
import { sweepOnce } from '../../worker/sweep.ts';
import { orderSync } from '../../activities/hermes/requestSync.ts';
import { eventually, useHermes } from '../support/hermes.ts';
import {
  addCompany,
  addContact,
  addDeal,
  addMeeting,
  callsMade,
  changeCompany,
  ended,
  failureShown,
  fieldKey,
  requestsTo,
  rowOf,
  sync,
  syncState,
  writesMade,
} from './syncSupport.ts';

/** A refusal as Pipedrive words it. */
const refusal = {
  kind: 'status',
  status: 400,
  body: {
    success: false,
    error: 'Validation failed: emails: nell@harbour-tutors.example is not an e-mail',
    code: 'ERR_SCHEMA_VALIDATION_FAILED',
  },
} as const;

describe('a sync when Pipedrive fails', () => {
  const hermes = useHermes({ waitScale: 0.01 });
  beforeEach(() => hermes.reset());

  const whole = async () => {
    const companyId = await addCompany(hermes);
    const contactId = await addContact(hermes, companyId);
    const dealId = await addDeal(hermes, companyId, { contact_id: contactId });
    const meetingId = await addMeeting(hermes, companyId, { contact_id: contactId, deal_id: dealId });
    return { companyId, contactId, dealId, meetingId };
  };

  const counts = () => ({
    organizations: hermes.pipedrive.organizations.size,
    persons: hermes.pipedrive.persons.size,
    deals: hermes.pipedrive.deals.size,
    activities: hermes.pipedrive.activities.size,
  });
  const oneOfEach = { organizations: 1, persons: 1, deals: 1, activities: 1 };

  it('SYN-12, SYN-14, SYN-68, RL-16, TCW-11: a refused person leaves organization and deal synced; the reason names record and fields, the bodies stay in the call log; the next change heals', async () => {
    const { companyId, contactId } = await whole();
    hermes.pipedrive.faults.add({ ...refusal, method: 'POST', path: '/api/v2/persons' });
    await changeCompany(hermes, companyId);
    await sync(hermes, companyId);
    assert.equal(requestsTo(hermes, 'POST', 'persons').length, 1, 'a refusal is not repeated');
    assert.deepEqual(counts(), { ...oneOfEach, persons: 0, activities: 0 });
    assert.equal((await rowOf(hermes, 'contact', contactId))['pd_person_id'], null);

    const state = await syncState(hermes, companyId);
    assert.equal(state.status, 'FAILED');
    assert.equal(state.failure, 'Refused');
    const [call] = (await hermes.db('api_call').where({ failure: 'Refused' }).select('*')) as Record<
      string,
      unknown
    >[];
    assert.equal(
      state.message,
      `person of contact ${contactId}: Pipedrive POST /api/v2/persons: refused 400 ERR_SCHEMA_VALIDATION_FAILED (emails), call log ${String(call?.['id'])}`,
    );
    assert.match(JSON.stringify(call?.['request_body']), /nell@harbour-tutors\.example/);
    assert.match(JSON.stringify(call?.['response_body']), /is not an e-mail/);
    const company = await rowOf(hermes, 'company', companyId);
    assert.equal(company['pipedrive_failed_version'], company['wanted_version']);
    assert.equal(company['pipedrive_failure'], state.message);

    await hermes.db('company').update({ wanted_at: '2026-01-01' });
    assert.equal(
      await sweepOnce(hermes.db, hermes.temporal, hermes.logger),
      0,
      'a refused version is left out',
    );

    await changeCompany(hermes, companyId);
    await sync(hermes, companyId);
    assert.deepEqual(counts(), oneOfEach);
    const healed = await rowOf(hermes, 'company', companyId);
    assert.equal(healed['pipedrive_failure'], null);
    assert.equal(healed['pipedrive_synced_version'], healed['wanted_version']);
    const after = await syncState(hermes, companyId);
    assert.deepEqual([after.status, after.failure], ['COMPLETED', null]);
    const person = [...hermes.pipedrive.persons.keys()][0];
    assert.equal([...hermes.pipedrive.deals.values()][0]?.person_id, person, 'the deal follows');
  });

  it('SYN-05, SYN-16: a refused organization fails the sync and makes nothing else', async () => {
    const { companyId, dealId } = await whole();
    hermes.pipedrive.faults.add({ ...refusal, method: 'POST', path: '/api/v2/organizations' });
    await sync(hermes, companyId);
    assert.deepEqual(writesMade(hermes), ['POST organizations']);
    assert.equal((await rowOf(hermes, 'deal', dealId))['pd_deal_id'], null);
    assert.equal((await syncState(hermes, companyId)).failure, 'Refused');
  });

  it('SYN-16, SYN-20, ACT-06: a refused deal and a refused activity are both named, the booking stays', async () => {
    const { companyId, dealId, meetingId } = await whole();
    for (const path of ['deals', 'activities']) {
      hermes.pipedrive.faults.add({ ...refusal, method: 'POST', path: `/api/v2/${path}` });
    }
    await sync(hermes, companyId);
    assert.deepEqual(counts(), { organizations: 1, persons: 1, deals: 0, activities: 0 });
    const { message } = await syncState(hermes, companyId);
    assert.match(message ?? '', new RegExp(`^deal ${dealId}: .*\nactivity of meeting ${meetingId}: `));
    assert.equal((await rowOf(hermes, 'meeting', meetingId))['status'], 'PLANNED');
  });

  const collections = ['organizations', 'persons', 'deals', 'activities'] as const;
  const dropAfter: Fault = { kind: 'dropAfter' };
  const dropBefore: Fault = { kind: 'dropBefore' };
  const emptyBody: Fault = { kind: 'emptyBody' };
  const garbage: Fault = { kind: 'garbage' };
  const badGateway: Fault = { kind: 'html', status: 502, after: true };
  const serverError: Fault = { kind: 'status', status: 500, after: true };
  const lost: { name: string; faults: Fault[] }[] = [
    { name: 'the connection broke after the commit', faults: collections.map(() => dropAfter) },
    { name: 'it broke before anything happened', faults: collections.map(() => dropBefore) },
    { name: 'no body, another shape, 502, 500', faults: [emptyBody, garbage, badGateway, serverError] },
    { name: '500, 502, another shape, no body', faults: [serverError, badGateway, garbage, emptyBody] },
  ];
  for (const { name, faults } of lost) {
    it(`ACT-04, RL-12: the answer to a create is lost (${name}): exactly one organization, person, deal, activity`, async () => {
      const { companyId } = await whole();
      for (const [index, fault] of faults.entries()) {
        hermes.pipedrive.faults.add({ ...fault, method: 'POST', path: `/api/v2/${collections[index]}` });
      }
      await sync(hermes, companyId);
      assert.deepEqual(counts(), oneOfEach);
      assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');
      const [organization] = hermes.pipedrive.organizations.keys();
      assert.equal((await rowOf(hermes, 'company', companyId))['pd_org_id'], organization);
      assert.deepEqual(await hermes.db('create_intent').select('*'), []);
    });
  }

  it('a create whose worker died before it could tell is found, not repeated', async () => {
    const { companyId } = await whole();
    const hermesId = (await hermes
      .db('pipedrive_field')
      .where({ entity: 'organization', name: 'hermes_id' })
      .first('pipedrive_key')) as { pipedrive_key: string };
    await hermes.db('create_intent').insert({ entity: 'organization', record_id: companyId });
    hermes.pipedrive.app.create('organization', {
      name: 'Harbour Tutors',
      owner_id: 101,
      custom_fields: { [hermesId.pipedrive_key]: String(companyId) },
    });
    await sync(hermes, companyId);
    assert.deepEqual(counts(), oneOfEach);
    assert.ok(!callsMade(hermes).includes('POST organizations'));
  });

  it('a company that changed before its lost create is found gets what changed since', async () => {
    const companyId = await addCompany(hermes, { tc2_status: 'active', gclid: 'g1' });
    const post = hermes.pipedrive.requests.waitFor(({ method }) => method === 'POST');
    hermes.pipedrive.faults.add({ kind: 'dropAfter', method: 'POST', path: '/api/v2/organizations' });
    await orderSync(hermes.temporal, { companyId, priority: 'webhook' });
    await post;
    await changeCompany(hermes, companyId, { tc2_status: 'suspended', gclid: null });
    await ended(hermes, companyId);
    const [organization] = hermes.pipedrive.organizations.values();
    const status = await fieldKey(hermes, 'organization', 'tc2_status');
    const gclid = await fieldKey(hermes, 'organization', 'gclid');
    assert.equal(organization?.custom_fields[status], 'suspended');
    assert.equal(organization?.custom_fields[gclid] ?? null, null);
    assert.equal(hermes.pipedrive.organizations.size, 1);
  });

  it('what somebody changed in a record before its lost create is found is not written over', async () => {
    const companyId = await addCompany(hermes);
    await sync(hermes, companyId);
    const contactId = await addContact(hermes, companyId);
    await changeCompany(hermes, companyId);
    const { wanted_version: version } = await rowOf(hermes, 'company', companyId);
    const intent = { entity: 'person', record_id: contactId, company_version: version };
    await hermes.db('create_intent').insert(intent);
    const [organization] = hermes.pipedrive.organizations.keys();
    const key = await fieldKey(hermes, 'person', 'hermes_id');
    const { id } = hermes.pipedrive.app.create('person', {
      name: 'Eleanor Harbour',
      owner_id: 101,
      org_id: organization,
      emails: [{ value: 'nell@harbour-tutors.example', label: 'work', primary: true }],
      custom_fields: { [key]: String(contactId) },
    });
    hermes.pipedrive.requests.clear();
    await sync(hermes, companyId);
    assert.equal((await rowOf(hermes, 'contact', contactId))['pd_person_id'], id);
    assert.deepEqual(writesMade(hermes), []);
    assert.equal(hermes.pipedrive.persons.get(id)?.name, 'Eleanor Harbour');
  });

  it('a create that may still be under way is waited for: not finding its record proves nothing yet', async () => {
    const companyId = await addCompany(hermes);
    const key = await fieldKey(hermes, 'organization', 'hermes_id');
    await hermes.db('create_intent').insert({ entity: 'organization', record_id: companyId });
    await orderSync(hermes.temporal, { companyId, priority: 'webhook' });
    await hermes.pipedrive.requests.waitFor(
      ({ path, method }) => method === 'GET' && path.endsWith('/organizations'),
    );
    hermes.pipedrive.app.create('organization', {
      name: 'Harbour Tutors',
      owner_id: 101,
      custom_fields: { [key]: String(companyId) },
    });
    await ended(hermes, companyId);
    assert.equal(hermes.pipedrive.organizations.size, 1);
    assert.ok(!callsMade(hermes).includes('POST organizations'));
  });

  it('a change whose answer was lost and that is taken back leaves nothing behind', async () => {
    const { companyId } = await whole();
    await sync(hermes, companyId);
    const keys = await Promise.all(
      ['tc2_status', 'gclid'].map((name) => fieldKey(hermes, 'organization', name)),
    );
    const held = () => {
      const [organization] = hermes.pipedrive.organizations.values();
      return keys.map((key) => organization?.custom_fields[key] ?? null);
    };
    const before = held();
    const patched = hermes.pipedrive.requests.waitFor(({ method }) => method === 'PATCH');
    hermes.pipedrive.faults.add({ kind: 'dropAfter', method: 'PATCH', path: '/api/v2/organizations' });
    await changeCompany(hermes, companyId, { tc2_status: 'terminated', gclid: 'g1' });
    await orderSync(hermes.temporal, { companyId, priority: 'webhook' });
    await patched;
    assert.notDeepEqual(held(), before);
    await changeCompany(hermes, companyId, { tc2_status: 'pending_email_conf', gclid: null });
    await sync(hermes, companyId);
    assert.deepEqual(held(), before);
    const doubts = await hermes.db('remote_record').pluck<string[][]>('in_doubt');
    assert.deepEqual(doubts.flat(), []);
  });

  it('an activity is told from one that belongs to another meeting', async () => {
    const { companyId, meetingId } = await whole();
    await sync(hermes, companyId);
    const row = await rowOf(hermes, 'meeting', meetingId);
    const second = await addMeeting(hermes, companyId, {
      contact_id: row['contact_id'],
      deal_id: row['deal_id'],
    });
    hermes.pipedrive.faults.add({ kind: 'dropBefore', method: 'POST', path: '/api/v2/activities' });
    await sync(hermes, companyId);
    assert.equal(hermes.pipedrive.activities.size, 2);
    assert.notEqual((await rowOf(hermes, 'meeting', second))['pd_activity_id'], row['pd_activity_id']);
  });

  it('RL-12, RL-13: an empty body to a GET is read again', async () => {
    hermes.pipedrive.seed({ organizations: [{ id: 20, name: 'Harbour Tutors', owner_id: 101 }] });
    const companyId = await addCompany(hermes, { pd_org_id: 20 });
    hermes.pipedrive.faults.add({ kind: 'emptyBody', method: 'GET', path: '/api/v2/organizations/20' });
    await sync(hermes, companyId);
    assert.equal(requestsTo(hermes, 'GET', 'organizations/20').length, 2);
    assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');
  });

  it('RL-12, RL-14: an empty body to a GET without end is an error that is shown, never a crash', async () => {
    hermes.pipedrive.seed({ organizations: [{ id: 20, name: 'Harbour Tutors', owner_id: 101 }] });
    const companyId = await addCompany(hermes, { pd_org_id: 20 });
    const fault = hermes.pipedrive.faults.add({
      kind: 'emptyBody',
      method: 'GET',
      path: '/api/v2/organizations/20',
      times: Infinity,
    });
    await orderSync(hermes.temporal, { companyId, priority: 'webhook' });
    await failureShown(hermes, companyId, 'Transient');
    hermes.pipedrive.faults.remove(fault);
    await ended(hermes, companyId);
    assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');
  });

  it('RL-06, RL-07: 403 of the gateway, then 200: two requests; 429, 429, 200: three', async () => {
    const companyId = await addCompany(hermes);
    hermes.pipedrive.faults.add({ kind: 'html', method: 'POST', path: '/api/v2/organizations', status: 403 });
    await sync(hermes, companyId);
    assert.equal(requestsTo(hermes, 'POST', 'organizations').length, 2);
    const other = await addCompany(hermes, { name: 'Quay Tutors' });
    hermes.pipedrive.requests.clear();
    hermes.pipedrive.faults.add({
      kind: 'status',
      method: 'POST',
      path: '/api/v2/organizations',
      status: 429,
      times: 2,
    });
    await sync(hermes, other);
    assert.equal(requestsTo(hermes, 'POST', 'organizations').length, 3);
    assert.equal(hermes.pipedrive.organizations.size, 2);
  });

  it('RL-07: a 429 with Retry-After is asked again no earlier than it says', async () => {
    const companyId = await addCompany(hermes);
    hermes.pipedrive.faults.add({
      kind: 'status',
      method: 'POST',
      path: '/api/v2/organizations',
      status: 429,
      headers: { 'retry-after': '1' },
    });
    await sync(hermes, companyId);
    const [first, second] = requestsTo(hermes, 'POST', 'organizations');
    assert.ok(first !== undefined && second !== undefined);
    assert.ok(second.at.getTime() - first.at.getTime() >= 990);
  });

  it('RL-08, RL-18: an outage is visible, not given up, holds up nothing else for good, and is over by itself', async () => {
    const { companyId } = await whole();
    const outage = hermes.pipedrive.faults.add({ kind: 'status', status: 503, times: Infinity });
    await changeCompany(hermes, companyId);
    await orderSync(hermes.temporal, { companyId, priority: 'webhook' });
    await failureShown(hermes, companyId, 'Transient');
    const handle = hermes.temporal.workflow.getHandle(`company-sync-${companyId}`);
    await eventually('the details say what it waits for', async () => {
      const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
      return /Waiting for Pipedrive.*Tried \d+ times?; next try in/s.test(metadata.currentDetails ?? '');
    });
    hermes.pipedrive.faults.remove(outage);
    await ended(hermes, companyId);
    assert.deepEqual(counts(), oneOfEach);
    const state = await syncState(hermes, companyId);
    assert.deepEqual([state.status, state.failure], ['COMPLETED', null]);
  });

  it('a wrong key pauses every call: few of them reach Pipedrive, and all goes on by itself once the key works', async () => {
    const companies = [];
    for (let index = 0; index < 5; index += 1)
      companies.push(await addCompany(hermes, { name: `Tutors ${index}` }));
    hermes.pipedrive.settings.apiToken = 'another-key';
    for (const companyId of companies) await orderSync(hermes.temporal, { companyId, priority: 'webhook' });
    const [first = 0] = companies;
    await failureShown(hermes, first, 'Unauthorised');
    const before = await hermes.db('api_window').where({ bucket: 'pipedrive' }).first('strikes');
    await eventually('Pipedrive was asked again and again', async () => {
      const row = (await hermes.db('api_window').where({ bucket: 'pipedrive' }).first('strikes')) as {
        strikes: number;
      };
      return row.strikes >= (before as { strikes: number }).strikes + 1;
    });
    const refused = hermes.pipedrive.requests.entries.filter(({ status }) => status === 401).length;
    const { strikes } = (await hermes.db('api_window').where({ bucket: 'pipedrive' }).first('strikes')) as {
      strikes: number;
    };
    assert.ok(refused <= companies.length + strikes, `${refused} calls in ${strikes} pauses`);
    hermes.pipedrive.settings.apiToken = 'pd-sandbox-key';
    for (const companyId of companies) await ended(hermes, companyId);
    assert.equal(hermes.pipedrive.organizations.size, companies.length);
  });

  it('a drained daily budget stops webhooks, says until when, and lets a booking through', async () => {
    await hermes.db('api_budget').insert({ system: 'pipedrive', daily_limit: 1000, daily_remaining: 40 });
    const waiting = await addCompany(hermes, { name: 'Patient Tutors' });
    await orderSync(hermes.temporal, { companyId: waiting, priority: 'webhook' });
    await failureShown(hermes, waiting, 'DailyBudget');
    const handle = hermes.temporal.workflow.getHandle(`company-sync-${waiting}`);
    await eventually('the run says until when', async () => {
      const { currentDetails = '' } = await handle.query<{ currentDetails?: string }>(
        '__temporal_workflow_metadata',
      );
      return /last 5 % of the daily budget .* looked at again at \d{4}-\d\d-\d\dT\d\d:\d\d UTC/.test(
        currentDetails,
      );
    });
    assert.deepEqual(callsMade(hermes), []);
    const booked = await addCompany(hermes, { name: 'Booked Tutors' });
    await orderSync(hermes.temporal, { companyId: booked, priority: 'booking' });
    await ended(hermes, booked);
    await handle.terminate('the test is over');
  });

  it('TC2 is told of a change while Pipedrive is away', async () => {
    const cligencyId = hermes.tc2.createClient({}).id;
    await hermes.quiet();
    const company = (await hermes.db('company').where({ tc2_cligency_id: cligencyId }).first('*')) as {
      id: number;
    };
    await hermes
      .db('deal')
      .where({ company_id: company.id })
      .update({ stage_id: hermes.db('stage').where({ pd_stage_id: 12 }).select('id') });
    hermes.tc2.requests.clear();
    const outage = hermes.pipedrive.faults.add({ kind: 'status', status: 503, times: Infinity });
    await changeCompany(hermes, company.id, { name: 'Renamed' });
    await orderSync(hermes.temporal, { companyId: company.id, priority: 'webhook' });
    const written = await hermes.tc2.requests.waitFor(({ method }) => method === 'POST');
    assert.match(JSON.stringify(written.body), /Demo booked/);
    hermes.pipedrive.faults.remove(outage);
    await ended(hermes, company.id);
  });
});
