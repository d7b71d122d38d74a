import assert from 'node:assert/strict';
import { useHermes } from '../support/hermes.ts';
import { bookSupport, inDays, liveEvents, meetingNearby, ok, only, refusal, rows } from './bookingForm.ts';

const sol = 'sol@acme.example';

describe('workflows/supportCallBooked', () => {
  const hermes = useHermes({
    environment: { BOOKING_MAX_PER_IP: '100000', BOOKING_MAX_PER_EMAIL: '100000' },
  });
  beforeEach(() => hermes.reset());
  afterEach(() => hermes.quiet());

  const company = async (change: Record<string, unknown> = {}): Promise<number> => {
    const [row] = (await hermes
      .db('company')
      .insert({ name: 'Harbour Tutors', tc2_cligency_id: 70412, sales_person_id: 1, ...change })
      .returning('id')) as { id: number }[];
    return row?.id ?? 0;
  };

  it('CBU-01, CBU-02: contact and meeting are made, the company stays as it is', async () => {
    const id = await company();
    const before = await only(hermes, 'company');
    assert.deepEqual(await bookSupport(hermes, { company_id: String(id) }), ok);
    const person = await only(hermes, 'contact');
    const meeting = await only(hermes, 'meeting');
    assert.deepEqual(
      [meeting['meeting_type'], meeting['admin_id'], meeting['contact_id'], meeting['deal_id']],
      ['support', 2, person['id'], null],
    );
    assert.deepEqual(await only(hermes, 'company'), before);
    assert.equal((await rows(hermes, 'deal')).length, 0);
    const [event] = liveEvents(hermes, sol);
    assert.equal(event?.fields['summary'], 'TutorCruncher support meeting with Sol Support');
  });

  it('CBU-03: a contact with that last name and no e-mail gets the e-mail', async () => {
    const id = await company();
    await hermes.db('contact').insert({ company_id: id, last_name: 'Junes' });
    assert.deepEqual(await bookSupport(hermes, { company_id: id }), ok);
    assert.equal((await only(hermes, 'contact'))['email'], 'brain@junes.com');
  });

  it('CBU-04: an unknown company is never created', async () => {
    assert.deepEqual(await bookSupport(hermes, { company_id: 999 }), refusal(404, 'Company not found'));
    assert.equal((await rows(hermes, 'company')).length, 0);
    assert.equal((await bookSupport(hermes)).status, 422);
  });

  it('CBU-05: no e-mail in the booking nor on the contact', async () => {
    const id = await company();
    const answer = await bookSupport(hermes, { company_id: id, email: '' });
    assert.deepEqual([answer.status, answer.body.status], [400, 'error']);
    assert.equal((await rows(hermes, 'contact')).length, 0);
    await hermes.db('contact').insert({ company_id: id, last_name: 'Junes', email: 'brain@junes.com' });
    assert.deepEqual(await bookSupport(hermes, { company_id: id, email: '' }), ok);
    assert.deepEqual(
      await bookSupport(hermes, { company_id: id, meeting_dt: inDays(7, '15:00') }),
      meetingNearby,
    );
  });

  it('CBU-11: a company without an organization stays out of Pipedrive', async () => {
    const id = await company();
    hermes.pipedrive.requests.clear();
    assert.deepEqual(await bookSupport(hermes, { company_id: id }), ok);
    await hermes.quiet();
    assert.equal(hermes.pipedrive.requests.entries.length, 0);
    assert.equal((await only(hermes, 'meeting'))['activity_wanted'], false);
  });

  it('ACT-07: with an organization: person and activity, no deal', async () => {
    const id = await company();
    const [organization] = [...hermes.pipedrive.organizations.values()];
    assert.equal(organization, undefined);
    const made = await fetch(`${hermes.environment.PD_BASE_URL}/api/v2/organizations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-token': 'pd-sandbox-key' },
      body: JSON.stringify({ name: 'Harbour Tutors' }),
    });
    const { data } = (await made.json()) as { data: { id: number } };
    await hermes.db('company').where({ id }).update({ pd_org_id: data.id });
    assert.deepEqual(await bookSupport(hermes, { company_id: id }), ok);
    await hermes.quiet();
    const person = await only<{ pd_person_id: number }>(hermes, 'contact');
    const meeting = await only<{ pd_activity_id: number }>(hermes, 'meeting');
    const activity = hermes.pipedrive.activities.get(meeting.pd_activity_id);
    assert.equal(activity?.subject, 'TutorCruncher support meeting with Sol Support');
    assert.deepEqual([activity?.org_id, activity?.deal_id], [data.id, null]);
    assert.ok(hermes.pipedrive.persons.has(person.pd_person_id));
    assert.equal(hermes.pipedrive.deals.size, 0);
  });
});
