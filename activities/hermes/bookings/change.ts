/** Cancels and moves booked calls in the records. The calendar follows a cancel, and decides on a move. */
import type { Knex } from 'knex';
import type { MeetingRow } from '../../../db/models/index.ts';
import { calendarEventId } from '../../../domain/callbooker/calendarEvent.ts';
import {
  adminNotFree,
  meetingNearby,
  refused,
  tooLate,
  type Refusal,
} from '../../../domain/callbooker/refusals.ts';
import type { CallChangeInput, CancelledCall, HeldMove } from '../../../workflows/callChange.ts';
import { auditChanges, fieldChanges, wantSync } from '../changes.ts';
import type { HermesDependencies } from '../deps.ts';
import { meetingTerms } from './meetingTerms.ts';
import { hasMeetingNearby, isSlotTaken } from './rules.ts';

const lockMeeting = (trx: Knex, id: number) =>
  trx('meeting').where({ id }).forUpdate().first('*') as Promise<MeetingRow | undefined>;

const gone = refused(404, 'There is no such call');
const over = refused(400, 'This call is over already.');

/** Whether Pipedrive has, or is about to have, an activity that must follow. */
const hasActivity = (meeting: MeetingRow): boolean =>
  meeting.activity_wanted || meeting.pd_activity_id !== null;

/** Sets the changed columns of a meeting, keeps who changed them, and raises the version that Pipedrive follows. */
export const changeMeeting = async (
  trx: Knex,
  meeting: MeetingRow,
  change: Pick<Partial<MeetingRow>, 'status' | 'start_time' | 'end_time'>,
  slot: Knex.Raw | null,
  source: 'callbooker' | 'google' = 'callbooker',
): Promise<boolean> => {
  await trx('meeting')
    .where({ id: meeting.id })
    .update({
      ...change,
      slot,
      calendar_synced_at: trx.raw('case when calendar_synced_at is not null then now() end'),
    });
  const { company_id: companyId } = meeting;
  if (companyId === null) return false;
  const fields = fieldChanges(meeting, change);
  await auditChanges(trx, { source, webhookId: null }, [
    { entity: 'meeting', recordId: meeting.id, companyId, fields },
  ]);
  const follows = hasActivity(meeting);
  if (follows) await wantSync(trx, companyId);
  return follows;
};

export const eventIdOf = (meeting: MeetingRow): string | null =>
  meeting.calendar_synced_at === null
    ? null
    : (meeting.calendar_event_id ?? calendarEventId(meeting.uuid, meeting.calendar_revision));

/** Cancels a call and frees its slot; one that was cancelled before stays so, and its event is looked for again. */
export const cancelMeeting =
  ({ db, logger }: HermesDependencies) =>
  async ({ meetingId, expiresAt }: CallChangeInput): Promise<CancelledCall | Refusal> => {
    const result = await db.transaction(async (trx): Promise<CancelledCall | Refusal> => {
      const meeting = await lockMeeting(trx, meetingId);
      if (meeting === undefined) return gone;
      const cancelled = {
        kind: 'cancelled' as const,
        companyId: meeting.company_id,
        adminId: meeting.admin_id,
        eventId: eventIdOf(meeting),
      };
      if (meeting.status === 'CANCELED') return { ...cancelled, syncNeeded: hasActivity(meeting) };
      if (Date.now() > expiresAt) return tooLate;
      if (meeting.status !== 'PLANNED' || (meeting.start_time?.getTime() ?? 0) <= Date.now()) return over;
      return { ...cancelled, syncNeeded: await changeMeeting(trx, meeting, { status: 'CANCELED' }, null) };
    });
    logger.info({ meetingId, kind: result.kind }, 'a call was to be cancelled');
    return result;
  };

/**
 * Holds the new slot of a call beside its old one, so that neither is lost while the calendar is asked. The hold is a cancelled
 * meeting without anybody, known by a uuid that the run chose.
 */
export const holdMove =
  ({ db, environment }: HermesDependencies) =>
  async (request: CallChangeInput & { start: string; holdUuid: string }): Promise<HeldMove | Refusal> => {
    const { meetingId, holdUuid } = request;
    const terms = await meetingTerms(db, environment);
    const start = new Date(request.start);

    const hold = async (trx: Knex): Promise<HeldMove | Refusal> => {
      const meeting = await lockMeeting(trx, meetingId);
      if (meeting?.admin_id === null || meeting?.admin_id === undefined) return gone;
      if (Date.now() > request.expiresAt) return tooLate;
      if (meeting.status === 'CANCELED') return refused(400, 'This call was cancelled.');
      if (meeting.status !== 'PLANNED' || (meeting.start_time?.getTime() ?? 0) <= Date.now()) return over;
      if (start.getTime() <= Date.now()) return refused(400, 'The new time must be in the future.');
      if (
        meeting.contact_id !== null &&
        (await hasMeetingNearby(trx, meeting.contact_id, request.start, meetingId))
      ) {
        return meetingNearby;
      }
      const lengthMs =
        meeting.start_time === null || meeting.end_time === null
          ? terms.durationMins * 60_000
          : meeting.end_time.getTime() - meeting.start_time.getTime();
      const end = new Date(start.getTime() + lengthMs);
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
      // The call's own old slot may overlap the new one: it gives way to the hold, and both are one admin's.
      const slotEnd = new Date(end.getTime() + terms.bufferMins * 60_000);
      await trx('meeting')
        .where({ id: meetingId })
        .update({
          // PostgreSQL cannot cut a hole into a range; a slot that is longer than the new one gives way whole.
          slot: trx.raw(
            'case when lower(slot) < ? and upper(slot) > ? then null else slot - tstzrange(?, ?) end',
            [start, slotEnd, start, slotEnd],
          ),
        });
      const [row] = (await trx('meeting')
        .insert({
          uuid: holdUuid,
          meeting_type: meeting.meeting_type,
          status: 'CANCELED',
          admin_id: meeting.admin_id,
          slot: trx.raw('tstzrange(?, ?)', [start, slotEnd]),
        })
        .returning('id')) as [{ id: number }];
      return { ...held, holdId: row.id };
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
