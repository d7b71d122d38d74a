/** Moves a booked call in the records, once the calendar agrees. */
import type { Knex } from 'knex';
import type { MeetingRow } from '../../../db/models/index.ts';
import {
  adminNotFree,
  callCancelled,
  callIsBooking,
  callIsMoving,
  callIsOver,
  meetingNearby,
  noSuchCall,
  refused,
  tooLate,
  type Refusal,
} from '../../../domain/callbooker/refusals.ts';
import type { CallChangeInput, FinishedMove, HeldMove } from '../../../workflows/callChange.ts';
import type { HermesDependencies } from '../deps.ts';
import { changeMeeting, eventIdOf, isBeingBooked, lockMeeting } from './meeting.ts';
import { meetingTerms } from './meetingTerms.ts';
import { hasMeetingNearby, isSlotTaken, lockCalendar } from './rules.ts';
import { slotRange } from './slotRange.ts';

type MoveInput = CallChangeInput & { start: string; holdUuid: string };

const refusalOf = async (
  trx: Knex,
  meeting: MeetingRow,
  { expiresAt, start }: MoveInput,
): Promise<Refusal | null> => {
  const now = Date.now();
  if (now > expiresAt) return tooLate;
  if (meeting.status === 'CANCELED') return callCancelled;
  if (isBeingBooked(meeting)) return callIsBooking;
  if (meeting.status !== 'PLANNED' || (meeting.start_time?.getTime() ?? 0) <= now) return callIsOver;
  if (Date.parse(start) <= now) return refused(400, 'The new time must be in the future.');
  const { contact_id: contactId, id } = meeting;
  // Calls of one contact take turns, and the second sees the first.
  if (contactId !== null) await trx('contact').where({ id: contactId }).forNoKeyUpdate().first('id');
  return contactId !== null && (await hasMeetingNearby(trx, contactId, start, id)) ? meetingNearby : null;
};

/** A call keeps its length. @returns milliseconds */
const lengthOf = ({ start_time: start, end_time: end }: MeetingRow, durationMins: number): number =>
  start === null || end === null ? durationMins * 60_000 : end.getTime() - start.getTime();

/**
 * Holds what the new slot has beyond the call's own, which stays as it is: when the calendar says no, nothing is to be put back.
 *
 * @returns the hold's id
 */
const takeHold = async (
  trx: Knex,
  meeting: MeetingRow,
  holdUuid: string,
  { start, end, bufferMins }: { start: Date; end: Date; bufferMins: number },
): Promise<number> => {
  const wanted = slotRange(trx, start, end, bufferMins);
  // A slot in the midst of the new one, as after a longer buffer was configured, would leave two pieces: it grows instead.
  await trx('meeting')
    .where({ id: meeting.id })
    .whereRaw('lower(slot) > lower(?) and upper(slot) < upper(?)', [wanted, wanted])
    .update({ slot: wanted });
  const [row] = (await trx('meeting')
    .insert({
      uuid: holdUuid,
      meeting_type: meeting.meeting_type,
      status: 'CANCELED',
      admin_id: meeting.admin_id,
      moves: meeting.id,
      start_time: start,
      end_time: end,
      slot: trx.raw(`(select ? - coalesce(slot, 'empty') from meeting where id = ?)`, [wanted, meeting.id]),
    })
    .returning('id')) as [{ id: number }];
  return row.id;
};

/**
 * Holds the new slot of a call beside its old one, so that neither is lost while the calendar is asked. The hold is a cancelled
 * meeting without anybody, known by a uuid that the run chose. A call has one hold at most: two runs would undo each other's moves.
 */
export const holdMove =
  ({ db, environment }: HermesDependencies) =>
  async (request: MoveInput): Promise<HeldMove | Refusal> => {
    const { meetingId, holdUuid } = request;
    const terms = await meetingTerms(db, environment);
    const start = new Date(request.start);

    const hold = async (trx: Knex): Promise<HeldMove | Refusal> => {
      const meeting = await lockMeeting(trx, meetingId);
      if (meeting?.admin_id === null || meeting?.admin_id === undefined) return noSuchCall;
      await lockCalendar(trx, meeting.admin_id);
      const refusal = await refusalOf(trx, meeting, request);
      const other = await trx('meeting')
        .where({ moves: meetingId })
        .first<{ id: number; uuid: string } | undefined>('id', 'uuid');
      const own = other?.uuid === holdUuid ? other : undefined;
      if (refusal !== null) {
        // This attempt may be the second, and its time up meanwhile.
        if (own !== undefined) await trx('meeting').where({ id: own.id }).delete();
        return refusal;
      }
      if (other !== undefined && own === undefined) return callIsMoving;
      const end = new Date(start.getTime() + lengthOf(meeting, terms.durationMins));
      const time = { start, end, bufferMins: terms.bufferMins };
      return {
        kind: 'held',
        holdId: own?.id ?? (await takeHold(trx, meeting, holdUuid, time)),
        companyId: meeting.company_id,
        adminId: meeting.admin_id,
        eventId: eventIdOf(meeting),
        start: start.toISOString(),
        end: end.toISOString(),
        oldStart: (meeting.start_time ?? start).toISOString(),
        oldEnd: (meeting.end_time ?? start).toISOString(),
      };
    };

    return db.transaction(hold).catch((error: unknown): Refusal => {
      if (isSlotTaken(error)) return adminNotFree;
      throw error;
    });
  };

/** The calendar moved the event: the call takes over the held slot. */
export const finishMove =
  ({ db, environment, logger }: HermesDependencies) =>
  async (request: { meetingId: number; move: HeldMove }): Promise<FinishedMove> => {
    const { meetingId, move } = request;
    const { bufferMins } = await meetingTerms(db, environment);
    const finish = (takesSlot: boolean): Promise<FinishedMove> =>
      db.transaction(async (trx) => {
        const meeting = await lockMeeting(trx, meetingId);
        const released = await trx('meeting').where({ id: move.holdId }).delete();
        // Its own run takes the event away.
        if (meeting?.status === 'CANCELED') return { syncNeeded: false, cancelled: true };
        if (released === 0 || meeting === undefined) return { syncNeeded: meeting !== undefined };
        const change = { start_time: new Date(move.start), end_time: new Date(move.end) };
        const slot = slotRange(trx, change.start_time, change.end_time, bufferMins);
        return { syncNeeded: await changeMeeting(trx, meeting, change, takesSlot ? slot : null) };
      });
    return finish(true).catch((error: unknown) => {
      if (!isSlotTaken(error)) throw error;
      // The event stands there already. Only somebody who moved the call in the calendar in between can have freed what it stood on.
      logger.warn({ meetingId }, 'a call was moved onto another one');
      return finish(false);
    });
  };

/** The calendar said no: the call stays where it was. @returns null when there is no such call any more */
export const dropMove =
  ({ db }: HermesDependencies) =>
  async (request: { meetingId: number; move: HeldMove }): Promise<{ cancelled: boolean } | null> =>
    db.transaction(async (trx) => {
      const meeting = await lockMeeting(trx, request.meetingId);
      await trx('meeting').where({ id: request.move.holdId }).delete();
      return meeting === undefined ? null : { cancelled: meeting.status === 'CANCELED' };
    });
