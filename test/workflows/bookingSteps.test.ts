import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import pino from 'pino';
import { createGoogleActivities } from '../../activities/google/index.ts';
import { lockCalendar } from '../../activities/hermes/bookings/rules.ts';
import { createBookingActivities, type BookingActivities } from '../../activities/hermes/bookings/index.ts';
import { createGoogleClient } from '../../clients/google/client.ts';
import { calendarEventId } from '../../domain/callbooker/calendarEvent.ts';
import { adminNotFree, callIsBooking, meetingNearby } from '../../domain/callbooker/refusals.ts';
import { readEnvironment } from '../../environment/environment.ts';
import type { ReadyBooking, TakenSlot } from '../../workflows/bookingSteps.ts';
import { admin } from '../api/callbooker/support.ts';
import { useDatabase } from '../support/database.ts';
import { untilLockIsAwaited } from '../support/locks.ts';
import { inDays, salesBody } from './bookingForm.ts';

/** The database's steps one by one: what holds when a step is repeated, or comes after the door's own answer. */
describe('activities/hermes/bookings', () => {
  const database = useDatabase(8);
  let steps: BookingActivities;
  before(async () => {
    const environment = readEnvironment({ DATABASE_URL: database.url });
    steps = createBookingActivities({ db: database.db, environment, logger: pino({ level: 'silent' }) });
  });
  beforeEach(async () => {
    await database.db.raw(
      'truncate webhook, company, contact, deal, meeting, admin, config, pipeline, stage restart identity cascade',
    );
    await database.db('admin').insert([admin(1), admin(2)]);
    await database.db('stage').insert({ pd_stage_id: 11, name: 'New' });
    await database.db('pipeline').insert({ pd_pipeline_id: 1, name: 'PAYG', dft_entry_stage_id: 1 });
    await database.db('config').insert({ payg_pipeline_id: 1 });
  });

  const file = async (change: Record<string, unknown> = {}, ageSeconds = 0): Promise<number> => {
    const [row] = (await database
      .db('webhook')
      .insert({
        source: 'callbooker',
        dedupe_key: randomUUID(),
        type: 'SalesCallBooked',
        subject: 'booking-0',
        summary: 'sales call, admin 1',
        body: Buffer.from(JSON.stringify(salesBody(change))),
        body_hash: Buffer.alloc(32),
        received_at: database.db.raw(`now() - ? * interval '1 second'`, [ageSeconds]),
      })
      .returning('id')) as { id: number }[];
    return row?.id ?? 0;
  };
  const ready = async (webhookId: number): Promise<ReadyBooking> => {
    const booking = await steps.prepareBooking({ webhookId });
    assert.ok(booking.kind === 'ready', JSON.stringify(booking));
    return booking;
  };
  const take = async (webhookId: number): Promise<TakenSlot & { meetingUuid: string; adminId: number }> => {
    const booking = await ready(webhookId);
    const meetingUuid = randomUUID();
    const slot = await steps.takeSlot({ webhookId, meetingUuid, booking });
    assert.ok(slot.kind === 'taken', JSON.stringify(slot));
    return { ...slot, meetingUuid, adminId: booking.adminId };
  };
  const outcome = async (id: number) => {
    const row = await database.db('webhook').where({ id }).first<{ outcome: string; reason: string }>('*');
    return [row.outcome, row.reason];
  };
  const count = async (table: string): Promise<number> => (await database.db(table).select('id')).length;

  it('every step may be repeated and changes nothing more', async () => {
    const webhookId = await file();
    const first = await ready(webhookId);
    assert.deepEqual(await ready(webhookId), first);
    const attempt = { webhookId, meetingUuid: randomUUID(), booking: first };
    const slot = await steps.takeSlot(attempt);
    assert.deepEqual(await steps.takeSlot(attempt), slot);
    assert.ok(slot.kind === 'taken');
    const request = { webhookId, meetingId: slot.meetingId, eventId: 'event' };
    const confirmed = { kind: 'confirmed', companyId: 1, syncNeeded: true };
    assert.deepEqual(await steps.confirmBooking(request), confirmed);
    assert.deepEqual(await steps.confirmBooking(request), confirmed);
    for (const table of ['company', 'contact', 'deal', 'meeting']) assert.equal(await count(table), 1, table);
    assert.deepEqual(await outcome(webhookId), ['applied', null]);
    const company = await database.db('company').first<{ wanted_version: number }>('wanted_version');
    assert.equal(company.wanted_version, 1);
  });

  it('no slot is taken in a calendar that Google was not asked about', async () => {
    const webhookId = await file();
    const booking = await ready(webhookId);
    await database.db('admin').where({ id: 1 }).update({ username: 'sol@acme.example' });
    const slot = await steps.takeSlot({ webhookId, meetingUuid: randomUUID(), booking });
    assert.deepEqual(slot, adminNotFree);
    assert.equal(await count('meeting'), 0);
    assert.deepEqual(await outcome(webhookId), ['refused', '400 Admin is not free at this time.']);
  });

  it('a booking that the door closed is not confirmed, and its slot is given back', async () => {
    const webhookId = await file();
    const { meetingId, meetingUuid, adminId } = await take(webhookId);
    await database
      .db('webhook')
      .where({ id: webhookId })
      .update({ outcome: 'refused', reason: '503 too late' });
    const confirmation = await steps.confirmBooking({ webhookId, meetingId, eventId: 'event' });
    assert.deepEqual(confirmation, { kind: 'tooLate' });
    const refusal = { kind: 'refused', status: 503, message: 'other' } as const;
    const release = { webhookId, meetingId, refusal, meetingUuid, adminId };
    const orphan = await steps.releaseSlot(release);
    assert.equal(orphan?.adminId, 1);
    // The worker may have died after the commit: the event must be removed all the same.
    assert.deepEqual(await steps.releaseSlot(release), orphan);
    assert.deepEqual(await outcome(webhookId), ['refused', '503 too late']);
    assert.equal(await count('meeting'), 0);
    assert.equal(await count('deal'), 0);
  });

  it('the event of a released booking is the one that was sent last, also when an id was used up', async () => {
    const webhookId = await file();
    const { meetingId, meetingUuid, adminId } = await take(webhookId);
    await database.db('meeting').update({ calendar_revision: 1 });
    const refusal = { kind: 'refused', status: 400, message: 'no' } as const;
    assert.deepEqual(await steps.releaseSlot({ webhookId, meetingId, refusal, meetingUuid, adminId }), {
      adminId,
      eventId: calendarEventId(meetingUuid, 1),
    });
  });

  it('a confirmed booking is never released', async () => {
    const webhookId = await file();
    const { meetingId, meetingUuid, adminId } = await take(webhookId);
    await steps.confirmBooking({ webhookId, meetingId, eventId: 'event' });
    const refusal = { kind: 'refused', status: 400, message: 'no' } as const;
    const release = { webhookId, meetingId, refusal, meetingUuid, adminId };
    assert.equal(await steps.releaseSlot(release), null);
    assert.equal(await count('meeting'), 1);
    assert.deepEqual(await outcome(webhookId), ['applied', null]);
  });

  it('CAL-06: no event is sent or moved once it is too late, and after a failed try the calendar is named as the reason', async () => {
    const late = await file();
    const { meetingId } = await take(late);
    await database
      .db('webhook')
      .where({ id: late })
      .update({ received_at: database.db.raw(`now() - interval '9 seconds'`) });
    const nowhere = 'http://127.0.0.1:1';
    const google = createGoogleClient({
      tokenUri: nowhere,
      calendarBaseUrl: nowhere,
      clientEmail: 'service@acme.example',
      privateKey: 'none',
      scope: 'calendar',
    });
    const environment = readEnvironment({ DATABASE_URL: database.url });
    const { insertCalendarEvent, moveCalendarEvent } = createGoogleActivities({
      db: database.db,
      environment,
      logger: pino({ level: 'silent' }),
      google,
    });
    const failureOf = async (run: Promise<unknown>): Promise<[unknown, unknown]> => {
      const error: unknown = await run.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof ApplicationFailure, String(error));
      return [error.type, error.nonRetryable];
    };
    const call = {
      start: inDays(8, '14:00'),
      end: inDays(8, '14:30'),
      adminId: 1,
      companyId: 1,
      eventId: 'e',
    };
    const move = { ...call, meetingId, expiresAt: Date.now() - 1 };
    for (const [attempt, type] of [
      [1, 'Expired'],
      [2, 'Transient'],
    ] as const) {
      const tries = [
        new MockActivityEnvironment({ attempt }).run(insertCalendarEvent, { webhookId: late, meetingId }),
        new MockActivityEnvironment({ attempt }).run(moveCalendarEvent, move),
      ];
      for (const failure of await Promise.all(tries.map(failureOf))) assert.deepEqual(failure, [type, true]);
    }
  });

  it('nothing is begun for a booking that is too old, was closed, or was erased', async () => {
    const old = await file({}, 9);
    assert.equal((await steps.prepareBooking({ webhookId: old })).kind, 'refused');
    assert.equal((await outcome(old))[0], 'refused');
    assert.equal((await steps.prepareBooking({ webhookId: 999 })).kind, 'refused');
    const fresh = await file();
    const booking = await ready(fresh);
    await database
      .db('webhook')
      .where({ id: fresh })
      .update({ received_at: database.db.raw(`now() - interval '9 seconds'`) });
    const slot = await steps.takeSlot({ webhookId: fresh, meetingUuid: randomUUID(), booking });
    assert.equal(slot.kind, 'refused');
    assert.equal(await count('meeting'), 0);
  });

  it('a slot that is taken again too late, because the first answer was lost, is given back', async () => {
    const webhookId = await file();
    const attempt = { webhookId, meetingUuid: randomUUID(), booking: await ready(webhookId) };
    assert.equal((await steps.takeSlot(attempt)).kind, 'taken');
    await database.db('webhook').update({ received_at: database.db.raw(`now() - interval '9 seconds'`) });
    assert.equal((await steps.takeSlot(attempt)).kind, 'refused');
    assert.equal(await count('meeting'), 0);
  });

  it('CBS-54: the slot is the admin’s with its buffer; another admin, or the time after it, is free', async () => {
    const other = { email: 'other@junes.com', company_name: 'Other' };
    await take(await file());
    const clash = await file({ ...other, meeting_dt: inDays(7, '14:44') });
    const refused = await steps.takeSlot({
      webhookId: clash,
      meetingUuid: randomUUID(),
      booking: await ready(clash),
    });
    assert.deepEqual(refused, { kind: 'refused', status: 400, message: 'Admin is not free at this time.' });
    await take(await file({ ...other, meeting_dt: inDays(7, '14:45') }));
    await take(await file({ email: 'third@junes.com', company_name: 'Third', admin_id: 2 }));
    assert.equal(await count('meeting'), 3);
  });

  it('two bookings of one new visitor at once make one company and one contact', async () => {
    const ids = await Promise.all([1, 2, 3, 4].map((admins) => file({ admin_id: 1 + (admins % 2) })));
    await Promise.all(ids.map(ready));
    assert.equal(await count('company'), 1);
    assert.equal(await count('contact'), 1);
  });

  it('an admin, company or contact that vanished in between is a refusal, not an endless repetition', async () => {
    const webhookId = await file();
    const booking = await ready(webhookId);
    await database.db('company').delete();
    const slot = await steps.takeSlot({ webhookId, meetingUuid: randomUUID(), booking });
    assert.equal(slot.kind, 'refused');
    const other = await file();
    const next = await ready(other);
    await database.db('admin').delete();
    assert.deepEqual(await steps.takeSlot({ webhookId: other, meetingUuid: randomUUID(), booking: next }), {
      kind: 'refused',
      status: 400,
      message: 'Admin not found',
    });
  });

  const confirmedCall = async (): Promise<{ meetingId: number; slot: string }> => {
    const webhookId = await file();
    const { meetingId } = await take(webhookId);
    await steps.confirmBooking({ webhookId, meetingId, eventId: 'event' });
    const { slot } = await database.db('meeting').where({ id: meetingId }).first<{ slot: string }>('slot');
    return { meetingId, slot };
  };
  const moveTo = (meetingId: number, time: string) => ({
    meetingId,
    start: inDays(7, time),
    change: { kind: 'move' as const, start: inDays(7, time) },
    expiresAt: Date.now() + 60_000,
    holdUuid: randomUUID(),
  });

  it('a hold may be repeated: when the calendar then says no, the call has its whole slot', async () => {
    const { meetingId, slot } = await confirmedCall();
    const attempt = moveTo(meetingId, '14:15');
    const move = await steps.holdMove(attempt);
    assert.deepEqual(await steps.holdMove(attempt), move);
    assert.ok(move.kind === 'held');
    await steps.dropMove({ meetingId, move });
    await steps.dropMove({ meetingId, move });
    assert.deepEqual(await database.db('meeting').select('id', 'slot'), [{ id: meetingId, slot }]);
  });

  it('CBS-17: a call that is being moved counts where it is and where it goes', async () => {
    const { meetingId } = await confirmedCall();
    assert.equal((await steps.holdMove(moveTo(meetingId, '20:00'))).kind, 'held');
    for (const time of ['16:00', '21:30']) {
      const answer = await steps.prepareBooking({
        webhookId: await file({ admin_id: 2, meeting_dt: inDays(7, time) }),
      });
      assert.deepEqual(answer, { kind: 'refused', status: 400, message: meetingNearby.message }, time);
    }
    await ready(await file({ admin_id: 2, meeting_dt: inDays(7, '17:00') }));
  });

  it('a hold that is repeated too late is given back', async () => {
    const { meetingId } = await confirmedCall();
    const attempt = moveTo(meetingId, '16:00');
    assert.equal((await steps.holdMove(attempt)).kind, 'held');
    assert.equal((await steps.holdMove({ ...attempt, expiresAt: 0 })).kind, 'refused');
    assert.equal(await count('meeting'), 1);
  });

  it('a call moves around its own slot also after the buffer became longer', async () => {
    const { meetingId } = await confirmedCall();
    await database.db('config').update({ meeting_buffer_mins: 60 });
    const move = await steps.holdMove(moveTo(meetingId, '13:45'));
    assert.ok(move.kind === 'held', JSON.stringify(move));
    assert.deepEqual(await steps.finishMove({ meetingId, move }), { syncNeeded: true });
    const [{ ends, starts }] = (await database
      .db('meeting')
      .select(database.db.raw('lower(slot) as starts, upper(slot) as ends'))) as [
      { starts: Date; ends: Date },
    ];
    assert.deepEqual([starts, ends], [new Date(inDays(7, '13:45')), new Date(inDays(7, '15:15'))]);
  });

  it('slots of one admin are given one after the other: PostgreSQL never has to end one of two that wait for each other', async () => {
    const webhookId = await file();
    const booking = await ready(webhookId);
    const other = await database.db.transaction();
    await lockCalendar(other, 1);
    const slot = steps.takeSlot({ webhookId, meetingUuid: randomUUID(), booking });
    await untilLockIsAwaited(database.db);
    await other.commit();
    assert.equal((await slot).kind, 'taken');
  });

  it('CAL-03, CAL-05: without a buffer, two visitors at once do not get slots that touch', async () => {
    await database.db('config').update({ meeting_buffer_mins: 0 });
    await take(await file());
    for (const time of ['14:30', '13:30']) {
      const clash = await file({ email: 'o@junes.com', company_name: 'Other', meeting_dt: inDays(7, time) });
      const booking = await ready(clash);
      const refused = await steps.takeSlot({ webhookId: clash, meetingUuid: randomUUID(), booking });
      assert.equal(refused.kind, 'refused', time);
    }
    await take(await file({ email: 'o@junes.com', company_name: 'Other', meeting_dt: inDays(7, '14:31') }));
  });

  it('a call that is still being booked is neither cancelled nor moved', async () => {
    const webhookId = await file();
    const { meetingId } = await take(webhookId);
    const cancel = { meetingId, change: { kind: 'cancel' as const }, expiresAt: Date.now() + 60_000 };
    const refused = { kind: 'refused', status: 400, message: callIsBooking.message };
    assert.deepEqual(await steps.cancelMeeting(cancel), refused);
    assert.deepEqual(await steps.holdMove(moveTo(meetingId, '16:00')), refused);
    await steps.confirmBooking({ webhookId, meetingId, eventId: 'event' });
    assert.equal((await steps.cancelMeeting(cancel)).kind, 'cancelled');
  });

  it('a contact that comes from elsewhere at the same moment is used, not doubled', async () => {
    await database.db('company').insert({ name: 'Junes Ltd' });
    const webhookId = await file();
    const other = await database.db.transaction();
    await other('company').where({ id: 1 }).forNoKeyUpdate().first('id');
    await other('contact').insert({ company_id: 1, tc2_sr_id: 40, last_name: 'J', email: 'brain@junes.com' });
    const booking = ready(webhookId);
    await untilLockIsAwaited(database.db);
    await other.commit();
    assert.equal((await booking).contactId, 1);
    assert.equal(await count('contact'), 1);
  });

  it('an e-mail that a contact gets at the same moment stays', async () => {
    await database.db('company').insert({ name: 'Junes Ltd' });
    await database.db('contact').insert({ company_id: 1, last_name: 'Junes' });
    const webhookId = await file();
    const other = await database.db.transaction();
    await other('contact').where({ id: 1 }).update({ email: 'first@junes.com' });
    const booking = ready(webhookId);
    await untilLockIsAwaited(database.db);
    await other.commit();
    assert.equal((await booking).contactId, 2);
    const emails = await database.db('contact').orderBy('id').pluck<string[]>('email');
    assert.deepEqual(emails, ['first@junes.com', 'brain@junes.com']);
  });

  it('PDM-02: a contact that loses a merge meanwhile stays ended; the call is the winner’s', async () => {
    const webhookId = await file();
    const { meetingId } = await take(webhookId);
    await database.db('contact').insert({ company_id: 1, last_name: 'Junes', email: 'Brain@junes.com' });
    await database.db('contact').where({ id: 1 }).update({ is_deleted: true, deleted_by: 'merge' });
    const { kind } = await steps.confirmBooking({ webhookId, meetingId, eventId: 'event' });
    assert.equal(kind, 'confirmed');
    const deleted = await database.db('contact').orderBy('id').pluck<boolean[]>('is_deleted');
    assert.deepEqual(deleted, [true, false]);
    const meeting = await database.db('meeting').first<{ contact_id: number }>('contact_id');
    assert.equal(meeting.contact_id, 2);
  });

  it('a contact that goes to another company meanwhile takes the call along', async () => {
    const webhookId = await file();
    const { meetingId } = await take(webhookId);
    await database.db('company').insert({ name: 'Harbour Tutors' });
    await database.db('contact').where({ id: 1 }).update({ company_id: 2 });
    assert.deepEqual(await steps.confirmBooking({ webhookId, meetingId, eventId: 'event' }), {
      kind: 'confirmed',
      companyId: 2,
      syncNeeded: true,
    });
    const meeting = await database.db('meeting').first<{ company_id: number }>('company_id');
    const deal = await database.db('deal').first<{ company_id: number }>('company_id');
    assert.deepEqual([meeting.company_id, deal.company_id], [2, 2]);
  });

  it('a booking that is confirmed in the moment when it is given up stays confirmed', async () => {
    const webhookId = await file({}, 11 * 60);
    const other = await database.db.transaction();
    await other('webhook').where({ id: webhookId }).update({ outcome: 'applied' });
    const tidied = steps.tidyBookings();
    await untilLockIsAwaited(database.db);
    await other.commit();
    await tidied;
    assert.equal((await outcome(webhookId))[0], 'applied');
  });
});
