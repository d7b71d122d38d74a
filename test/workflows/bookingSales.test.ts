import assert from 'node:assert/strict';
import { eventually, useHermes } from '../support/hermes.ts';
import {
  bookSales,
  inDays,
  liveEvents,
  meetingNearby,
  notFree,
  ok,
  only,
  post,
  refusal,
  rows,
  salesBody,
  sam,
} from './bookingForm.ts';

describe('workflows/salesCallBooked', () => {
  const hermes = useHermes({
    environment: { BOOKING_MAX_PER_IP: '100000', BOOKING_MAX_PER_EMAIL: '100000' },
  });
  beforeEach(() => hermes.reset());
  afterEach(() => hermes.quiet());

  const company = (change: Record<string, unknown> = {}): Promise<{ id: number }> =>
    hermes
      .db('company')
      .insert({ name: 'Harbour Tutors', sales_person_id: 3, ...change })
      .returning('id')
      .then(([row]) => row as { id: number });
  const contact = (companyId: number, change: Record<string, unknown> = {}): Promise<{ id: number }> =>
    hermes
      .db('contact')
      .insert({ company_id: companyId, first_name: 'Nell', last_name: 'Harbour', ...change })
      .returning('id')
      .then(([row]) => row as { id: number });

  it('CBS-01, CBS-02: nothing known: company, contact, meeting', async () => {
    assert.deepEqual(await bookSales(hermes), ok);
    const made = await only(hermes, 'company');
    const person = await only(hermes, 'contact');
    const meeting = await only<Record<string, unknown> & { start_time: Date }>(hermes, 'meeting');
    const shown = {
      name: made['name'],
      website: made['website'],
      country: made['country'],
      income: made['estimated_income'],
      booked: made['has_booked_call'],
      staff: [made['sales_person_id'], made['support_person_id'], made['bdr_person_id']],
      cligency: made['tc2_cligency_id'],
      contact: [person['first_name'], person['last_name'], person['email']],
      meeting: [meeting['status'], meeting['meeting_type'], meeting['admin_id'], meeting['contact_id']],
      start: meeting.start_time.toISOString(),
    };
    assert.deepEqual(shown, {
      name: 'Junes Ltd',
      website: 'https://junes.com',
      country: 'GB',
      income: '1000',
      booked: true,
      staff: [1, null, null],
      cligency: null,
      contact: ['Brain', 'Junes', 'brain@junes.com'],
      meeting: ['PLANNED', 'sales', 1, person['id']],
      start: new Date(inDays(7, '14:00')).toISOString(),
    });
  });

  it('CBS-03, CBS-04: a company named by id is used and keeps its values', async () => {
    const { id } = await company({ website: 'https://harbour.example' });
    assert.deepEqual(await bookSales(hermes, { company_id: String(id) }), ok);
    const kept = await only(hermes, 'company');
    assert.deepEqual(
      [kept['name'], kept['website'], kept['has_booked_call'], kept['sales_person_id']],
      ['Harbour Tutors', 'https://harbour.example', true, 3],
    );
    assert.equal((await only(hermes, 'contact'))['company_id'], id);
  });

  it('CBS-05, CBS-06: a contact with that e-mail and its company are used, in whatever case', async () => {
    const { id } = await company({ tc2_cligency_id: 70412 });
    await contact(id, { email: 'Brain@junes.com' });
    const before = await only(hermes, 'company');
    assert.deepEqual(await bookSales(hermes), ok);
    const person = await only(hermes, 'contact');
    assert.deepEqual([person['first_name'], person['last_name']], ['Nell', 'Harbour']);
    const after = await only(hermes, 'company');
    const fields = ['name', 'website', 'price_plan', 'sales_person_id', 'estimated_income', 'currency'];
    assert.deepEqual(
      fields.map((field) => after[field]),
      fields.map((field) => before[field]),
    );
    assert.equal(after['has_booked_call'], true);
  });

  it('CBS-07: the same last name with another e-mail is another contact', async () => {
    const { id } = await company();
    await contact(id, { last_name: 'Junes', email: 'other@junes.com' });
    assert.deepEqual(await bookSales(hermes, { company_id: id }), ok);
    assert.equal((await rows(hermes, 'contact')).length, 2);
  });

  it('CBS-08, CBS-09: a contact with that phone and its company are used', async () => {
    const { id } = await company();
    await contact(id, { phone: '+447700900111', email: 'nell@harbour-tutors.example' });
    assert.deepEqual(await bookSales(hermes, { phone: '+447700900111' }), ok);
    const person = await only(hermes, 'contact');
    assert.deepEqual([person['last_name'], person['email']], ['Harbour', 'nell@harbour-tutors.example']);
    await only(hermes, 'company');
  });

  it('CBS-08: what is no number is nobody’s, whoever else typed it', async () => {
    const { id } = await company({ name: 'Harbour Tutors' });
    await contact(id, { phone: 'n/a', email: 'nell@harbour-tutors.example' });
    assert.deepEqual(await bookSales(hermes, { phone: 'n/a' }), ok);
    assert.equal((await rows(hermes, 'company')).length, 2);
  });

  it('CBS-10, CBS-11: company by name in any case; a contact without e-mail gets it', async () => {
    const { id } = await company({ name: 'JUNES ltd' });
    await contact(id, { last_name: 'junes' });
    assert.deepEqual(await bookSales(hermes), ok);
    await only(hermes, 'company');
    assert.equal((await only(hermes, 'contact'))['email'], 'brain@junes.com');
  });

  it('CBS-13, CBS-14, CBS-15, CBS-16: the BDR person by Hermes id, else by TC2 id', async () => {
    const bdr = async (bdr_person_id: unknown, email: string): Promise<unknown> => {
      const answer = await bookSales(hermes, {
        bdr_person_id,
        email,
        company_name: email,
        utm_campaign: 'autumn',
        utm_source: 'google',
        meeting_dt: inDays(Number(email.slice(0, 2)), '14:00'),
      });
      assert.deepEqual(answer, ok);
      const row = await hermes.db('company').orderBy('id', 'desc').first<Record<string, unknown>>('*');
      assert.deepEqual([row['utm_campaign'], row['utm_source']], ['autumn', 'google']);
      return row['bdr_person_id'];
    };
    await hermes.db('admin').where({ id: 3 }).update({ tc2_admin_id: 2 });
    assert.equal(await bdr('64', '10@junes.com'), 1);
    assert.equal(await bdr(4, '11@junes.com'), 4);
    assert.equal(await bdr('2', '12@junes.com'), 2);
    assert.equal(await bdr('4711', '13@junes.com'), null);
  });

  it('CBS-17, CBS-18: no second call within two hours, two hours included', async () => {
    assert.deepEqual(await bookSales(hermes), ok);
    for (const time of ['12:00', '14:30', '16:00']) {
      assert.deepEqual(await bookSales(hermes, { admin_id: 3, meeting_dt: inDays(7, time) }), meetingNearby);
    }
    assert.deepEqual(await bookSales(hermes, { admin_id: 3, meeting_dt: inDays(7, '16:01') }), ok);
  });

  it('CBS-18: a cancelled meeting is no meeting', async () => {
    assert.deepEqual(await bookSales(hermes), ok);
    await hermes.db('meeting').update({ status: 'CANCELED', slot: null });
    assert.deepEqual(await bookSales(hermes, { admin_id: 3 }), ok);
  });

  it('CBS-21: long names are cut', async () => {
    const name = `${'a'.repeat(300)} ${'b'.repeat(300)}`;
    assert.deepEqual(await bookSales(hermes, { name, company_name: 'c'.repeat(300) }), ok);
    assert.equal(String((await only(hermes, 'company'))['name']).length, 255);
  });

  it('CBS-22, CBS-23, CBS-25, CBS-44: the deal is at the entry stage of the plan', async () => {
    assert.deepEqual(await bookSales(hermes, { price_plan: 'startup' }), ok);
    const config = await only(hermes, 'config');
    const pipeline = await hermes
      .db('pipeline')
      .where({ id: config['startup_pipeline_id'] })
      .first<Record<string, unknown>>('*');
    const deal = await only(hermes, 'deal');
    const meeting = await only(hermes, 'meeting');
    assert.deepEqual(
      [deal['pipeline_id'], deal['stage_id'], deal['name'], deal['status'], deal['admin_id']],
      [pipeline['id'], pipeline['dft_entry_stage_id'], 'Junes Ltd', 'open', 1],
    );
    assert.deepEqual([meeting['deal_id'], deal['contact_id']], [deal['id'], meeting['contact_id']]);
  });

  it('CBS-26, CBS-27: the newest of two companies, the newest of two contacts', async () => {
    await company({ name: 'Junes Ltd' });
    const newer = await company({ name: 'junes ltd' });
    assert.deepEqual(await bookSales(hermes), ok);
    assert.equal((await only(hermes, 'meeting'))['company_id'], newer.id);
    const other = await contact(newer.id, { email: 'brain@junes.com' });
    assert.deepEqual(await bookSales(hermes, { meeting_dt: inDays(8, '14:00') }), ok);
    assert.equal((await rows(hermes, 'meeting'))[1]?.['contact_id'], other.id);
  });

  it('CBS-29, CBS-31, CBS-32, CBS-38: a body that does not fit is a 422 with status error', async () => {
    const bodies = [{ email: '' }, { meeting_dt: 123 }, { price_plan: 'gold' }, { company_name: ' ' }];
    for (const body of bodies) {
      const answer = await bookSales(hermes, body);
      assert.equal(answer.status, 422);
      assert.equal(answer.body.status, 'error');
      assert.deepEqual(answer.body.detail?.[0]?.loc, ['body', Object.keys(body)[0]]);
    }
    assert.equal((await rows(hermes, 'webhook')).length, 0);
  });

  it('CBS-40: unknown admin', async () => {
    assert.deepEqual(await bookSales(hermes, { admin_id: 999 }), refusal(400, 'Admin not found'));
    assert.equal((await only(hermes, 'webhook'))['outcome'], 'refused');
    assert.equal((await rows(hermes, 'company')).length, 0);
  });

  it('CBS-41: no configuration, or a pipeline without an entry stage', async () => {
    await hermes.db('pipeline').update({ dft_entry_stage_id: null });
    const answer = await bookSales(hermes);
    assert.equal(answer.status, 400);
    assert.match(answer.body.message ?? '', /stage/);
    await hermes.db('config').delete();
    assert.deepEqual(await bookSales(hermes), refusal(400, 'Config not found'));
    assert.equal((await rows(hermes, 'meeting')).length, 0);
    assert.equal(liveEvents(hermes).length, 0);
  });

  it('CBS-43, CBS-44, CBS-45: the open deal of the lowest id, else a new one', async () => {
    const { id } = await company({ name: 'Junes Ltd' });
    const deal = (status: string) => hermes.db('deal').insert({ company_id: id, status, name: 'd' });
    await deal('lost');
    assert.deepEqual(await bookSales(hermes), ok);
    assert.deepEqual(
      (await rows(hermes, 'deal')).map(({ status }) => status),
      ['lost', 'open'],
    );
    await deal('open');
    assert.deepEqual(await bookSales(hermes, { meeting_dt: inDays(8, '14:00') }), ok);
    assert.deepEqual(
      (await rows(hermes, 'meeting')).map(({ deal_id: dealId }) => dealId),
      [2, 2],
    );
    assert.deepEqual(
      (await rows(hermes, 'deal')).map(({ status }) => status),
      ['lost', 'open', 'open'],
    );
  });

  it('CAL-01, CAL-02, CAL-03, CAL-05: busy, also when it only touches; no meeting, no event', async () => {
    hermes.google.addBusy(sam, inDays(7, '11:00'), inDays(7, '12:30'));
    for (const time of ['11:00', '12:30', '10:30', '10:45', '12:00']) {
      assert.deepEqual(await bookSales(hermes, { meeting_dt: inDays(7, time) }), notFree, time);
    }
    assert.equal((await rows(hermes, 'meeting')).length, 0);
    assert.equal(liveEvents(hermes).length, 0);
    assert.deepEqual(await bookSales(hermes, { meeting_dt: inDays(7, '12:31') }), ok);
  });

  it('CAL-08: no database transaction is open during a Google call', async () => {
    hermes.google.faults.add({ kind: 'latency', path: '/calendar/v3/calendars', delayMs: 800 });
    const answer = bookSales(hermes);
    await eventually('the event is being inserted', () => hermes.google.faults.list().length === 0);
    const { rows: open } = await hermes.db.raw<{ rows: unknown[] }>(
      `select 1 from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
    );
    assert.deepEqual(open, []);
    assert.deepEqual(await answer, ok);
  });

  it('CAL-09: free/busy is asked for that admin, a minute to either side', async () => {
    hermes.google.requests.clear();
    assert.deepEqual(await bookSales(hermes), ok);
    const asked = hermes.google.requests.entries.filter(
      ({ path, status }) => path === '/calendar/v3/freeBusy' && status === 200,
    );
    assert.equal(asked.length, 1);
    const body = asked[0]?.body as { timeMin: string; timeMax: string; items: { id: string }[] };
    assert.deepEqual(body.items, [{ id: sam }]);
    assert.deepEqual(
      [Date.parse(body.timeMin), Date.parse(body.timeMax)],
      [Date.parse(inDays(7, '13:59')), Date.parse(inDays(7, '14:31'))],
    );
  });

  it('CAL-09: one event with two guests, a Meet room and escaped text', async () => {
    assert.deepEqual(
      await bookSales(hermes, { company_name: '<b>Junes</b> & Co', name: '<i>brain junes' }),
      ok,
    );
    const [event, ...others] = liveEvents(hermes);
    assert.ok(event !== undefined && others.length === 0);
    assert.equal(event.fields['summary'], 'TutorCruncher demo with Sam Sales');
    assert.deepEqual(
      event.attendees.map(({ email }) => email),
      [sam, 'brain@junes.com'],
    );
    const meeting = await only<{ start_time: Date; end_time: Date; calendar_event_id: string }>(
      hermes,
      'meeting',
    );
    assert.equal(meeting.end_time.getTime() - meeting.start_time.getTime(), 30 * 60_000);
    assert.equal(meeting.calendar_event_id, event.id);
    assert.match(String(event.fields['description']), /&lt;b&gt;Junes&lt;\/b&gt; &amp; Co/);
    assert.doesNotMatch(String(event.fields['description']), /<b>|<i>/);
  });

  it('an unreadable calendar is not free', async () => {
    hermes.google.setUnreadable(sam, 'notFound');
    assert.deepEqual(await bookSales(hermes), notFree);
  });

  it('CAL-06: the event cannot be inserted; the same booking made again works', async () => {
    hermes.google.faults.add({
      kind: 'status',
      status: 403,
      method: 'POST',
      path: '/calendar/v3/calendars',
      body: { error: { code: 403, message: 'no', errors: [{ domain: 'global', reason: 'forbidden' }] } },
    });
    const answer = await bookSales(hermes);
    assert.equal(answer.status, 400);
    assert.match(answer.body.message ?? '', /calendar event/);
    assert.equal((await rows(hermes, 'meeting')).length, 0);
    await only(hermes, 'company');
    await only(hermes, 'contact');
    assert.deepEqual(await bookSales(hermes), ok);
    assert.equal(liveEvents(hermes).length, 1);
    await only(hermes, 'contact');
  });

  it('a lost answer does not book twice', async () => {
    hermes.google.faults.add({ kind: 'dropAfter', method: 'POST', path: '/calendar/v3/calendars' });
    assert.deepEqual(await bookSales(hermes), ok);
    assert.equal(liveEvents(hermes).length, 1);
    await only(hermes, 'meeting');
  });

  it('20 visitors at once on one slot: one is booked', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        bookSales(hermes, { email: `visitor${index}@junes.com`, company_name: `Junes ${index}` }),
      ),
    );
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assert.equal(answers.filter(({ status }) => status === 400).length, 19);
    await only(hermes, 'meeting');
    assert.equal(liveEvents(hermes).length, 1);
  });

  it('CBS-17: clicks at one time are one meeting and one event; the same try afterwards meets the two-hour rule', async () => {
    const body = salesBody();
    const tooClose = {
      status: 400,
      body: { status: 'error', message: 'You already have a meeting booked around this time.' },
    };
    const answers = await Promise.all([1, 2, 3].map(() => post(hermes, 'sales/book/', body)));
    assert.ok(answers.some(({ status }) => status === 200));
    for (const answer of answers) assert.deepEqual(answer, answer.status === 200 ? ok : tooClose);
    assert.deepEqual(await post(hermes, 'sales/book', body), tooClose);
    await only(hermes, 'meeting');
    assert.equal(liveEvents(hermes).length, 1);
  });

  it('CBS-46, CBS-49, CBS-50, CBS-51, SYN-41, ACT-01, ACT-03, ACT-04: reaches Pipedrive', async () => {
    assert.deepEqual(await bookSales(hermes), ok);
    await hermes.quiet();
    const meeting = await only<{ pd_activity_id: number | null }>(hermes, 'meeting');
    const deal = await only<{ pd_deal_id: number | null }>(hermes, 'deal');
    const made = await only<{ pd_org_id: number | null }>(hermes, 'company');
    const person = await only<{ pd_person_id: number | null }>(hermes, 'contact');
    assert.equal(hermes.pipedrive.activities.size, 1);
    const activity = hermes.pipedrive.activities.get(meeting.pd_activity_id ?? 0);
    assert.ok(activity !== undefined);
    const { subject, type, due_date: date, due_time: dueTime, org_id: org, deal_id: sale } = activity;
    assert.deepEqual(
      { subject, type, date, time: String(dueTime).slice(0, 5), org, sale },
      {
        subject: 'TutorCruncher demo with Sam Sales',
        type: 'meeting',
        date: inDays(7, '14:00').slice(0, 10),
        time: '14:00',
        org: made.pd_org_id,
        sale: deal.pd_deal_id,
      },
    );
    assert.ok(person.pd_person_id !== null);
  });

  it('SYN-69: a booking brings a deleted company and contact back', async () => {
    const { id } = await company({ name: 'Junes Ltd', is_deleted: true, deleted_by: 'pipedrive' });
    await contact(id, { email: 'brain@junes.com', is_deleted: true, deleted_by: 'pipedrive' });
    assert.deepEqual(await bookSales(hermes), ok);
    await hermes.quiet();
    const back = await only(hermes, 'company');
    assert.deepEqual([back['is_deleted'], back['deleted_by']], [false, null]);
    assert.equal((await only(hermes, 'contact'))['is_deleted'], false);
    assert.ok(back['pd_org_id'] !== null);
  });

  it('with the worker away the answer is 503 and nothing is booked, also when it comes back', async function () {
    this.timeout(60_000);
    await hermes.stopWorker();
    const answer = await bookSales(hermes);
    assert.equal(answer.status, 503);
    assert.equal(answer.body.status, 'error');
    const row = await only<{ workflow_id: string; outcome: string }>(hermes, 'webhook');
    assert.equal(row.outcome, 'refused');
    await hermes.startWorker();
    await hermes.temporal.workflow.getHandle(row.workflow_id).result();
    assert.equal((await rows(hermes, 'meeting')).length, 0);
    assert.equal(liveEvents(hermes).length, 0);
    assert.deepEqual(await bookSales(hermes), ok);
  });
});
