/** Takes the slot of a booking, and gives it back when the calendar says no. */
import type { Knex } from 'knex';
import { calendarEventId } from '../../../domain/callbooker/calendarEvent.ts';
import {
  adminNotFound,
  adminNotFree,
  meetingNearby,
  refused,
  tooLate,
  type Refusal,
} from '../../../domain/callbooker/refusals.ts';
import type {
  OrphanEvent,
  SlotRelease,
  SlotRequest,
  TakenSlot,
  ReadyBooking,
} from '../../../workflows/bookingSteps.ts';
import type { HermesDependencies } from '../deps.ts';
import { meetingTerms } from './meetingTerms.ts';
import { bookingState, closeRefused, loadBooking } from './row.ts';
import { adminVersion, hasMeetingNearby, isSlotTaken, lockCalendar } from './rules.ts';
import { slotRange } from './slotRange.ts';

/** Of a meeting that is gone nobody knows whether an id was used up. */
const firstRevision = 0;

const insertMeeting = async (
  trx: Knex,
  { booking, meetingUuid }: SlotRequest,
  { calendarId, type, bufferMins }: { calendarId: string; type: 'sales' | 'support'; bufferMins: number },
): Promise<number> => {
  const { adminId, companyId, contactId, start, end } = booking;
  const [row] = (await trx('meeting')
    .insert({
      uuid: meetingUuid,
      calendar_id: calendarId,
      meeting_type: type,
      status: 'PLANNED',
      admin_id: adminId,
      company_id: companyId,
      contact_id: contactId,
      start_time: start,
      end_time: end,
      slot: slotRange(trx, new Date(start), new Date(end), bufferMins),
    })
    .returning('id')) as [{ id: number }];
  return row.id;
};

/** Whether company and contact, which may have been deleted while the calendar was asked, are there until the transaction ends. */
const stillThere = async (trx: Knex, { companyId, contactId }: ReadyBooking): Promise<boolean> => {
  const company = await trx('company').where({ id: companyId }).forKeyShare().first('id');
  // Locked for good measure: two bookings of one contact take turns, and the second sees the first.
  const contact = await trx('contact').where({ id: contactId }).forNoKeyUpdate().first('id');
  return company !== undefined && contact !== undefined;
};

/** Google was asked about the calendar that the admin had then: whether they are free in another one nobody knows. */
const isAsPrepared = async (trx: Knex, { adminId, adminVersion: prepared }: ReadyBooking): Promise<boolean> =>
  prepared === undefined || prepared === (await adminVersion(trx, adminId));

/**
 * Takes the slot: the exclusion constraint of the table decides, not a look before the insert. A repeated attempt finds the meeting
 * that it made.
 */
export const takeSlot =
  ({ db, environment, logger }: HermesDependencies) =>
  async (request: SlotRequest): Promise<TakenSlot | Refusal> => {
    const { webhookId, booking, meetingUuid } = request;
    const posted = await loadBooking(db, webhookId);
    if (posted === null) return tooLate;
    const { bufferMins } = await meetingTerms(db, environment);

    const take = async (trx: Knex): Promise<TakenSlot | Refusal> => {
      const own = trx('meeting').where({ contact_id: booking.contactId, uuid: meetingUuid });
      if ((await bookingState(trx, webhookId)) !== 'open') {
        // This attempt may be the second, and its time up meanwhile.
        await own.clone().whereNull('calendar_synced_at').delete();
        return tooLate;
      }
      const calendarId = await lockCalendar(trx, booking.adminId);
      if (calendarId === null) return adminNotFound;
      if (!(await stillThere(trx, booking))) return refused(400, 'Company not found');
      const taken = await own.clone().first<{ id: number } | undefined>('id');
      if (taken !== undefined) return { kind: 'taken', meetingId: taken.id };
      if (!(await isAsPrepared(trx, booking))) return adminNotFree;
      if (await hasMeetingNearby(trx, booking.contactId, booking.start)) return meetingNearby;
      const made = await insertMeeting(trx, request, { calendarId, type: posted.kind, bufferMins });
      return { kind: 'taken', meetingId: made };
    };

    const result = await db.transaction(take).catch((error: unknown): Refusal => {
      if (isSlotTaken(error)) return adminNotFree;
      throw error;
    });
    if (result.kind === 'refused') {
      await closeRefused(db, webhookId, result, booking.companyId);
      logger.info({ webhookId, status: result.status, reason: result.message }, 'a booking was refused');
    }
    return result;
  };

/**
 * Gives a slot back: no meeting is left (CAL-06), company and contact stay.
 *
 * @returns the event that may have reached the calendar, to be removed there, also when a repeated attempt finds that the meeting is
 * gone already; null when the booking was confirmed
 */
export const releaseSlot =
  ({ db }: HermesDependencies) =>
  async ({ webhookId, meetingId, refusal, adminId, meetingUuid }: SlotRelease): Promise<OrphanEvent | null> =>
    db.transaction(async (trx) => {
      await closeRefused(trx, webhookId, refusal);
      const [released] = (await trx('meeting')
        .where({ id: meetingId })
        .whereNull('calendar_synced_at')
        .delete()
        .returning('calendar_revision')) as { calendar_revision: number }[];
      const confirmed = await trx('meeting').where({ id: meetingId }).first('id');
      if (confirmed !== undefined) return null;
      return { adminId, eventId: calendarEventId(meetingUuid, released?.calendar_revision ?? firstRevision) };
    });

/** Closes a booking that was refused before a slot was taken, such as by a busy calendar. */
export const refuseBooking =
  ({ db, logger }: HermesDependencies) =>
  async (request: { webhookId: number; refusal: Refusal }): Promise<void> => {
    await closeRefused(db, request.webhookId, request.refusal);
    logger.info({ webhookId: request.webhookId, reason: request.refusal.message }, 'a booking was refused');
  };
