/** A booked call's meeting: its turn, its changes, its event. */
import type { Knex } from 'knex';
import type { MeetingRow } from '../../../db/models/index.ts';
import { calendarEventId } from '../../../domain/callbooker/calendarEvent.ts';
import { auditChanges, fieldChanges, wantSync } from '../changes.ts';

/** Takes the meeting's turn until the transaction ends. */
export const lockMeeting = (trx: Knex, id: number) =>
  trx('meeting').where({ id }).forUpdate().first('*') as Promise<MeetingRow | undefined>;

/** Whether its booking waits for the calendar's answer; the invitation may be on its way already. */
export const isBeingBooked = (meeting: MeetingRow): boolean =>
  meeting.status === 'PLANNED' && meeting.calendar_synced_at === null;

/** Whether Pipedrive has, or is about to have, an activity that must follow. */
export const hasActivity = (meeting: MeetingRow): boolean =>
  meeting.activity_wanted || meeting.pd_activity_id !== null;

/**
 * Sets the changed columns of a meeting, keeps who changed them, and raises the version that Pipedrive follows.
 *
 * @returns whether Pipedrive must follow
 */
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

/** Id of its event; null while the calendar has none. */
export const eventIdOf = (meeting: MeetingRow): string | null =>
  meeting.calendar_synced_at === null
    ? null
    : (meeting.calendar_event_id ?? calendarEventId(meeting.uuid, meeting.calendar_revision));
