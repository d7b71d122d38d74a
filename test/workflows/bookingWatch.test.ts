import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { calendarClient } from '../../activities/google/calendar.ts';
import { calendarEventId } from '../../domain/callbooker/calendarEvent.ts';
import type { GoogleClient } from '../../clients/google/client.ts';
import { taskQueues } from '../../temporal/taskQueues.ts';
import type { WatchOutcome } from '../../workflows/calendarWatch.ts';
import { calendarWatchSchedule } from '../../worker/calendarWatch.ts';
import { useHermes } from '../support/hermes.ts';
import { bookSales, inDays, liveEvents, ok, only, rows, sam } from './bookingForm.ts';

describe('workflows/calendarWatch', () => {
  const hermes = useHermes({ environment: { BOOKING_MAX_PER_EMAIL: '1000' } });
  let google: GoogleClient;
  before(async () => {
    const client = calendarClient(hermes.environment);
    assert.ok(client !== null);
    google = client;
  });
  beforeEach(async () => {
    await hermes.reset();
    assert.deepEqual(await bookSales(hermes), ok);
    await hermes.quiet();
  });
  afterEach(() => hermes.quiet());

  const look = (): Promise<WatchOutcome> =>
    hermes.temporal.workflow.execute('CalendarWatch', {
      workflowId: `watch-${randomUUID()}`,
      taskQueue: taskQueues.hermes,
      args: [],
    }) as Promise<WatchOutcome>;

  interface Call {
    status: string;
    start_time: Date;
    slot: string | null;
    calendar_event_id: string;
    pd_activity_id: number;
  }
  const call = (): Promise<Call> => only<Call>(hermes, 'meeting');
  const move = async (time: string): Promise<void> => {
    const { calendar_event_id: eventId } = await call();
    const end = new Date(Date.parse(time) + 30 * 60_000).toISOString();
    const change = {
      start: { dateTime: time, timeZone: 'UTC' },
      end: { dateTime: end, timeZone: 'UTC' },
    };
    assert.ok((await google.patchEvent({ subject: sam, eventId, change })).ok);
  };

  it('is done by a schedule', async () => {
    const described = await hermes.temporal.schedule.getHandle(calendarWatchSchedule).describe();
    assert.equal(described.action.type, 'startWorkflow');
  });

  it('a call that nobody touched stays', async () => {
    const before = await call();
    assert.deepEqual(await look(), { admins: 1, unread: [], companies: [] });
    assert.deepEqual(await call(), before);
  });

  it('a call that the admin moved is moved, in Pipedrive too', async () => {
    await move(inDays(9, '08:00'));
    assert.deepEqual((await look()).companies, [1]);
    const moved = await call();
    assert.equal(moved.start_time.toISOString(), new Date(inDays(9, '08:00')).toISOString());
    await hermes.quiet();
    const activity = hermes.pipedrive.activities.get(moved.pd_activity_id);
    assert.equal(activity?.due_date, inDays(9, '08:00').slice(0, 10));
    assert.deepEqual(await bookSales(hermes, { email: 'next@junes.com' }), ok);
  });

  it('a call moved beyond everything that was listed is found all the same', async () => {
    await move(inDays(60, '08:00'));
    assert.deepEqual((await look()).companies, [1]);
    assert.equal((await call()).start_time.toISOString(), new Date(inDays(60, '08:00')).toISOString());
  });

  it('a call that the admin deleted is cancelled', async () => {
    const { calendar_event_id: eventId } = await call();
    assert.ok((await google.deleteEvent({ subject: sam, eventId })).ok);
    assert.deepEqual((await look()).companies, [1]);
    const { status, slot } = await call();
    assert.deepEqual([status, slot], ['CANCELED', null]);
    assert.deepEqual(await look(), { admins: 0, unread: [], companies: [] });
  });

  it('takes out the event of a cancelled call when its run could not, once', async () => {
    await hermes.db('meeting').update({
      status: 'CANCELED',
      slot: null,
      calendar_synced_at: hermes.db.raw(`now() - interval '1 hour'`),
    });
    assert.equal((await look()).admins, 1);
    assert.equal(liveEvents(hermes).length, 0);
    assert.equal((await look()).admins, 0);
  });

  it('calls stay when their admin gets another calendar, where nobody ever saw their events', async () => {
    const before = await call();
    await hermes.db('admin').where({ id: 1 }).update({ username: 'sol@acme.example' });
    await hermes.db('meeting').update({ calendar_id: null });
    assert.deepEqual(await look(), { admins: 1, unread: [], companies: [] });
    assert.deepEqual({ ...(await call()), calendar_id: sam }, { ...before, calendar_id: sam });
  });

  it('calls booked before their admin got another e-mail are looked for where their events stand', async () => {
    const { calendar_event_id: eventId } = await call();
    await hermes.db('admin').where({ id: 1 }).update({ username: 'sol@acme.example' });
    const later = { email: 'next@junes.com', company_name: 'Other', meeting_dt: inDays(9, '08:00') };
    assert.deepEqual(await bookSales(hermes, later), ok);
    assert.ok((await google.deleteEvent({ subject: sam, eventId })).ok);
    assert.deepEqual((await look()).companies, [1]);
    const states = (await rows<Call>(hermes, 'meeting')).map(({ status }) => status);
    assert.deepEqual(states, ['CANCELED', 'PLANNED']);
    hermes.google.suspend(sam);
    hermes.google.revokeTokens();
    await hermes
      .db('meeting')
      .where({ id: 1 })
      .update({ status: 'PLANNED', calendar_synced_at: hermes.db.fn.now() });
    assert.deepEqual((await look()).unread, [1]);
    const free = { email: 'third@junes.com', company_name: 'Third', meeting_dt: inDays(10, '08:00') };
    assert.deepEqual(await bookSales(hermes, free), ok);
  });

  it('a call moved onto another one follows the admin, without a slot', async () => {
    const other = { email: 'next@junes.com', company_name: 'Other', meeting_dt: inDays(9, '08:00') };
    assert.deepEqual(await bookSales(hermes, other), ok);
    const [first] = await rows<Call>(hermes, 'meeting');
    const change = {
      start: { dateTime: inDays(9, '08:15'), timeZone: 'UTC' },
      end: { dateTime: inDays(9, '08:45'), timeZone: 'UTC' },
    };
    const eventId = first?.calendar_event_id ?? '';
    assert.ok((await google.patchEvent({ subject: sam, eventId, change })).ok);
    await look();
    const [moved] = await rows<Call>(hermes, 'meeting');
    assert.deepEqual(
      [moved?.start_time.toISOString(), moved?.slot],
      [new Date(inDays(9, '08:15')).toISOString(), null],
    );
  });

  it('a calendar that cannot be read is named, and nothing changes', async () => {
    hermes.google.suspend(sam);
    const before = await call();
    hermes.google.revokeTokens();
    assert.deepEqual((await look()).unread, [1]);
    assert.deepEqual(await call(), before);
  });

  it('closes what a killed process left behind', async () => {
    await hermes.db('webhook').insert({
      source: 'callbooker',
      dedupe_key: 'left',
      type: 'SalesCallBooked',
      subject: 'booking-0',
      summary: 'left',
      body_hash: Buffer.alloc(32),
      received_at: hermes.db.raw(`now() - interval '1 hour'`),
    });
    await hermes.db('meeting').insert({
      meeting_type: 'sales',
      status: 'CANCELED',
      admin_id: 1,
      slot: '[2030-01-01T10:00:00Z,2030-01-01T10:45:00Z)',
      created: hermes.db.raw(`now() - interval '1 hour'`),
    });
    const uuid = randomUUID();
    const [start, end] = [inDays(20, '10:00'), inDays(20, '10:30')];
    await hermes.db('meeting').insert({
      uuid,
      meeting_type: 'sales',
      admin_id: 1,
      company_id: 1,
      contact_id: 1,
      start_time: start,
      end_time: end,
      slot: `[${start},${end})`,
      created: hermes.db.raw(`now() - interval '1 hour'`),
    });
    const event = {
      id: calendarEventId(uuid, 0),
      summary: 'left',
      start: { dateTime: start },
      end: { dateTime: end },
    };
    assert.ok((await google.insertEvent({ subject: sam, event })).ok);
    await look();
    assert.equal((await rows(hermes, 'webhook')).at(-1)?.['outcome'], 'refused');
    await only(hermes, 'meeting');
    assert.equal(liveEvents(hermes).length, 1);
  });
});
