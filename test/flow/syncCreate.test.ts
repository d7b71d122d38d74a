import assert from 'node:assert/strict';
import { useHermes } from '../support/hermes.ts';
import {
  addCompany,
  addContact,
  addDeal,
  addMeeting,
  bodyOf,
  callsMade,
  changeCompany,
  namedFields,
  rowOf,
  sync,
  syncState,
  writesMade,
} from './syncSupport.ts';

describe('what a sync creates in Pipedrive', () => {
  const hermes = useHermes();
  beforeEach(() => hermes.reset());

  it('SYN-03, SYN-09, SYN-10, SYN-11, SYN-15, SYN-21, SYN-22, SYN-23, SYN-25, SYN-27, SYN-29, SYN-32, SYN-41, SYN-42, SYN-43, SYN-45, ACT-01 to ACT-04, CBS-46, CBS-49, CBS-50, CBS-51: organization, person, deal and activity, with exact bodies, in this order, each once', async () => {
    const companyId = await addCompany(hermes, {
      website: 'https://harbour-tutors.example',
      bdr_person_id: 6,
      support_person_id: 2,
      tc2_cligency_id: 70412,
      tc2_status: 'trial',
      estimated_income: '1000',
      utm_source: 'google',
      paid_invoice_count: 0,
      pay0_dt: '2026-11-03T23:30:00Z',
      gclid: '',
    });
    const contactId = await addContact(hermes, companyId);
    const dealId = await addDeal(hermes, companyId, {
      contact_id: contactId,
      website: 'https://harbour-tutors.example',
      bdr_person_id: 6,
      paid_invoice_count: 5,
      utm_source: '',
    });
    const meetingId = await addMeeting(hermes, companyId, { contact_id: contactId, deal_id: dealId });
    await sync(hermes, companyId);

    assert.deepEqual(writesMade(hermes), [
      'POST organizations',
      'POST persons',
      'POST deals',
      'POST activities',
    ]);
    const [organization] = hermes.pipedrive.organizations.keys();
    const [person] = hermes.pipedrive.persons.keys();
    const [deal] = hermes.pipedrive.deals.keys();
    const [activity] = hermes.pipedrive.activities.keys();

    const { custom_fields: ofOrganization, ...organizationBody } = bodyOf(hermes, 'POST', 'organizations');
    assert.deepEqual(organizationBody, {
      name: 'Harbour Tutors',
      owner_id: 101,
      address: { value: 'GB', country: 'GB' },
    });
    assert.deepEqual(await namedFields(hermes, 'organization', { custom_fields: ofOrganization }), {
      hermes_id: String(companyId),
      tc2_cligency_url: `${hermes.environment.TC2_BASE_URL}/clients/70412/`,
      tc2_status: 'trial',
      website: 'https://harbour-tutors.example',
      price_plan: 'payg',
      estimated_income: '1000',
      utm_source: 'google',
      paid_invoice_count: '0',
      support_person_id: 102,
      bdr_person_id: 106,
      created: '2026-11-01',
      pay0_dt: '2026-11-03',
    });

    const { custom_fields: ofPerson, ...personBody } = bodyOf(hermes, 'POST', 'persons');
    assert.deepEqual(personBody, {
      name: 'Nell Harbour',
      owner_id: 101,
      org_id: organization,
      emails: [{ value: 'nell@harbour-tutors.example', label: 'work', primary: true }],
      marketing_status: 'subscribed',
    });
    assert.deepEqual(await namedFields(hermes, 'person', { custom_fields: ofPerson }), {
      hermes_id: String(contactId),
    });

    const { custom_fields: ofDeal, ...dealBody } = bodyOf(hermes, 'POST', 'deals');
    assert.deepEqual(dealBody, {
      title: 'Harbour Tutors',
      org_id: organization,
      person_id: person,
      owner_id: 101,
      pipeline_id: 1,
      stage_id: 11,
      status: 'open',
    });
    assert.deepEqual(await namedFields(hermes, 'deal', { custom_fields: ofDeal }), {
      hermes_id: String(dealId),
      tc2_cligency_url: `${hermes.environment.TC2_BASE_URL}/clients/70412/`,
      website: 'https://harbour-tutors.example',
      bdr_person_id: 106,
      paid_invoice_count: '5',
    });

    assert.deepEqual(bodyOf(hermes, 'POST', 'activities'), {
      subject: 'TutorCruncher demo with Sam Sales',
      type: 'meeting',
      due_date: '2026-12-01',
      due_time: '14:00',
      owner_id: 101,
      org_id: organization,
      deal_id: deal,
      participants: [{ person_id: person, primary: true }],
    });

    assert.equal((await rowOf(hermes, 'company', companyId))['pd_org_id'], organization);
    assert.equal((await rowOf(hermes, 'contact', contactId))['pd_person_id'], person);
    assert.equal((await rowOf(hermes, 'deal', dealId))['pd_deal_id'], deal);
    assert.equal((await rowOf(hermes, 'meeting', meetingId))['pd_activity_id'], activity);
    assert.equal((await hermes.db('create_intent').select('*')).length, 0);

    hermes.pipedrive.requests.clear();
    await changeCompany(hermes, companyId);
    await sync(hermes, companyId);
    assert.deepEqual(callsMade(hermes), [], 'SYN-46: equal data causes no call');
  });

  it('SYN-26, SYN-28, SYN-31: what is empty is left out, and a company without a country has no address', async () => {
    const companyId = await addCompany(hermes, { country: null, sales_person_id: null });
    await addContact(hermes, companyId, { first_name: 'Test', last_name: 'User', email: '', phone: '' });
    await sync(hermes, companyId);
    const { custom_fields: custom, ...organization } = bodyOf(hermes, 'POST', 'organizations');
    assert.deepEqual(organization, { name: 'Harbour Tutors' });
    for (const value of Object.values(custom as object)) assert.ok(value !== null && value !== '');
    const { custom_fields: _custom, org_id: _organization, ...person } = bodyOf(hermes, 'POST', 'persons');
    assert.deepEqual(person, { name: 'Test User', marketing_status: 'subscribed' });
  });

  it('CBS-21: names that are too long for Pipedrive together are cut to 255 characters there', async () => {
    const companyId = await addCompany(hermes);
    const [first, last] = ['N'.repeat(254), 'H'.repeat(255)];
    await addContact(hermes, companyId, { first_name: first, last_name: last });
    await sync(hermes, companyId);
    assert.equal(bodyOf(hermes, 'POST', 'persons')['name'], first);
    const [contact] = await hermes.db('contact').select('first_name', 'last_name');
    assert.deepEqual(contact, { first_name: first, last_name: last });
    hermes.pipedrive.requests.clear();
    await changeCompany(hermes, companyId);
    await sync(hermes, companyId);
    assert.deepEqual(callsMade(hermes), []);
  });

  it('SYN-69: an account without campaigns takes persons without a marketing status', async () => {
    hermes.pipedrive.settings.campaigns = false;
    const companyId = await addCompany(hermes);
    await addContact(hermes, companyId);
    await sync(hermes, companyId);
    assert.equal(hermes.pipedrive.persons.size, 1);
    assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');
  });

  it('SYN-01, SYN-61, SYN-63: a company that is gone causes no call and no crash', async () => {
    await sync(hermes, 4711);
    assert.deepEqual(callsMade(hermes), []);
    assert.equal((await syncState(hermes, 4711)).status, 'COMPLETED');
  });

  it('SYN-62: a deal that is gone leaves organization and person', async () => {
    const companyId = await addCompany(hermes);
    await addContact(hermes, companyId);
    const dealId = await addDeal(hermes, companyId);
    await hermes.db('deal').where({ id: dealId }).delete();
    await sync(hermes, companyId);
    assert.deepEqual(writesMade(hermes), ['POST organizations', 'POST persons']);
  });

  it('CBS-47, TCD-24: a deal that was deleted before it reached Pipedrive is never created there', async () => {
    const companyId = await addCompany(hermes);
    for (const status of ['deleted', 'lost', 'won']) await addDeal(hermes, companyId, { status });
    await sync(hermes, companyId);
    assert.deepEqual(writesMade(hermes), ['POST organizations']);
  });

  it('ACT-07: a support call of a company with an organization becomes person and activity without a deal', async () => {
    hermes.pipedrive.seed({ organizations: [{ id: 20, name: 'Harbour Tutors', owner_id: 101 }] });
    const companyId = await addCompany(hermes, { pd_org_id: 20 });
    const contactId = await addContact(hermes, companyId);
    await addMeeting(hermes, companyId, { contact_id: contactId, meeting_type: 'support', admin_id: 2 });
    await sync(hermes, companyId, 'booking');
    const [person] = hermes.pipedrive.persons.keys();
    assert.deepEqual(bodyOf(hermes, 'POST', 'activities'), {
      subject: 'TutorCruncher support meeting with Sol Support',
      type: 'meeting',
      due_date: '2026-12-01',
      due_time: '14:00',
      owner_id: 102,
      org_id: 20,
      participants: [{ person_id: person, primary: true }],
    });
    assert.ok(!writesMade(hermes).includes('POST deals'));
  });

  it('CBU-09: a contact that is gone before the work runs gets no person and no activity', async () => {
    hermes.pipedrive.seed({ organizations: [{ id: 20, name: 'Harbour Tutors', owner_id: 101 }] });
    const companyId = await addCompany(hermes, { pd_org_id: 20 });
    const contactId = await addContact(hermes, companyId);
    await addMeeting(hermes, companyId, { contact_id: contactId, meeting_type: 'support' });
    await hermes.db('contact').where({ id: contactId }).update({ is_deleted: true });
    await sync(hermes, companyId, 'booking');
    assert.ok(!writesMade(hermes).some((call) => call.startsWith('POST')));
    assert.equal((await syncState(hermes, companyId)).status, 'COMPLETED');
  });

  it('a meeting that moves moves its activity, a cancelled one takes it away', async () => {
    const companyId = await addCompany(hermes);
    const contactId = await addContact(hermes, companyId);
    const meetingId = await addMeeting(hermes, companyId, { contact_id: contactId });
    await sync(hermes, companyId);
    hermes.pipedrive.requests.clear();
    await hermes.db('meeting').where({ id: meetingId }).update({ start_time: '2026-12-02T09:30:00Z' });
    await sync(hermes, companyId, 'booking');
    assert.deepEqual(bodyOf(hermes, 'PATCH', 'activities'), { due_date: '2026-12-02', due_time: '09:30' });
    hermes.pipedrive.requests.clear();
    await hermes.db('meeting').where({ id: meetingId }).update({ status: 'CANCELED' });
    await sync(hermes, companyId, 'booking');
    assert.deepEqual(callsMade(hermes), ['DELETE activities/:id']);
    assert.equal((await rowOf(hermes, 'meeting', meetingId))['pd_activity_id'], null);
  });
});
