/** Moves a booked call in the records, once the calendar agrees. */
import type { Knex } from 'knex';
import type { MeetingRow } from '../../../db/models/index.ts';
import {
  adminNotFree,
  callIsOver,
  meetingNearby,
  noSuchCall,
  refused,
  tooLate,
  type Refusal,
} from '../../../domain/callbooker/refusals.ts';
import type { CallChangeInput, HeldMove } from '../../../workflows/callChange.ts';
import type { HermesDependencies } from '../deps.ts';
import { changeMeeting, eventIdOf, lockMeeting } from './meeting.ts';
import { meetingTerms } from './meetingTerms.ts';
import { hasMeetingNearby, isSlotTaken } from './rules.ts';

type MoveInput = CallChangeInput & { start: string; holdUuid: string };

/** Its end excluded: the end of the call and the free time after it. */
type Slot = [start: Date, end: Date];

const refusalOf = async (
  trx: Knex,
  meeting: MeetingRow,
  { expiresAt, start }: MoveInput,
): Promise<Refusal | null> => {
  const now = Date.now();
  if (now > expiresAt) return tooLate;
  if (meeting.status === 'CANCELED') return refused(400, 'This call was cancelled.');
  if (meeting.status !== 'PLANNED' || (meeting.start_time?.getTime() ?? 0) <= now) return callIsOver;
  if (Date.parse(start) <= now) return refused(400, 'The new time must be in the future.');
  const { contact_id: contactId, id } = meeting;
  return contactId !== null && (await hasMeetingNearby(trx, contactId, start, id)) ? meetingNearby : null;
};

/** A call keeps its length. @returns milliseconds */
const lengthOf = ({ start_time: start, end_time: end }: MeetingRow, durationMins: number): number =>
  start === null || end === null ? durationMins * 60_000 : end.getTime() - start.getTime();

/** The call's own old slot may overlap the new one: it gives way to the hold, and both are one admin's. */
const takeHold = async (
  trx: Knex,
  meeting: MeetingRow,
  holdUuid: string,
  [start, end]: Slot,
): Promise<number> => {
  await trx('meeting')
    .where({ id: meeting.id })
    .update({
      // PostgreSQL cannot cut a hole into a range; a slot that is longer than the new one gives way whole.
      slot: trx.raw(
        'case when lower(slot) < ? and upper(slot) > ? then null else slot - tstzrange(?, ?) end',
        [start, end, start, end],
      ),
    });
  const [row] = (await trx('meeting')
    .insert({
      uuid: holdUuid,
      meeting_type: meeting.meeting_type,
      status: 'CANCELED',
      admin_id: meeting.admin_id,
      slot: trx.raw('tstzrange(?, ?)', [start, end]),
    })
    .returning('id')) as [{ id: number }];
  return row.id;
};

/**
 * Holds the new slot of a call beside its old one, so that neither is lost while the calendar is asked. The hold is a cancelled
 * meeting without anybody, known by a uuid that the run chose.
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
      const refusal = await refusalOf(trx, meeting, request);
      if (refusal !== null) return refusal;
      const end = new Date(start.getTime() + lengthOf(meeting, terms.durationMins));
      const held = {
        kind: 'held' as const,
        companyId: meeting.company_id,
        adminId: meeting.admin_id,
        eventId: eventIdOf(meeting),
        start: start.toISOString(),
        end: end.toISOString(),
        oldStart: (meeting.start_time ?? start).toISOString(),
        oldEnd: (meeting.end_time ?? start).toISOString(),
        oldSlot: meeting.slot,
      };
      const own = await trx('meeting')
        .where({ admin_id: meeting.admin_id, uuid: holdUuid })
        .first<{ id: number } | undefined>('id');
      if (own !== undefined) return { ...held, holdId: own.id };
      const slot: Slot = [start, new Date(end.getTime() + terms.bufferMins * 60_000)];
      const holdId = await takeHold(trx, meeting, holdUuid, slot);
      return { ...held, holdId };
    };

    return db.transaction(hold).catch((error: unknown): Refusal => {
      if (isSlotTaken(error)) return adminNotFree;
      throw error;
    });
  };

/** The calendar moved the event: the call takes over the held slot. @returns whether Pipedrive must follow */
export const finishMove =
  ({ db }: HermesDependencies) =>
  async (request: { meetingId: number; move: HeldMove }): Promise<{ syncNeeded: boolean }> =>
    db.transaction(async (trx) => {
      const { meetingId, move } = request;
      const meeting = await lockMeeting(trx, meetingId);
      const hold = await trx('meeting')
        .where({ id: move.holdId })
        .first<{ slot: string } | undefined>('slot');
      if (hold === undefined || meeting === undefined) return { syncNeeded: meeting !== undefined };
      await trx('meeting').where({ id: move.holdId }).delete();
      const change = { start_time: new Date(move.start), end_time: new Date(move.end) };
      // Cancelled meanwhile: the cancel holds, and its own run takes the event away.
      if (meeting.status === 'CANCELED') return { syncNeeded: false };
      return { syncNeeded: await changeMeeting(trx, meeting, change, trx.raw('?::tstzrange', [hold.slot])) };
    });

/** The calendar said no: the call stays where it was. */
export const dropMove =
  ({ db }: HermesDependencies) =>
  async (request: { meetingId: number; move: HeldMove }): Promise<void> =>
    db.transaction(async (trx) => {
      const { meetingId, move } = request;
      const meeting = await lockMeeting(trx, meetingId);
      const held = await trx('meeting').where({ id: move.holdId }).delete();
      if (held === 0 || meeting?.status !== 'PLANNED') return;
      await trx('meeting')
        .where({ id: meetingId })
        .update({ slot: trx.raw('?::tstzrange', [move.oldSlot]) });
    });
