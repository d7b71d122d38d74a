/** Takes back bookings whose run was ended from outside after it had taken the slot: their visitors were told no. */
import type { GoogleClient } from '../../clients/google/client.ts';
import type { MeetingRow } from '../../db/models/index.ts';
import { calendarEventId } from '../../domain/callbooker/calendarEvent.ts';
import { callInTurn, failureOf } from '../downstream/call.ts';
import { isAbandoned } from '../hermes/bookings/tidy.ts';
import { onBehalfOf } from './admin.ts';
import { calendarSubject, type GoogleDependencies } from './deps.ts';

/** The event goes first, if there is one: as long as the meeting stands, it is tried again. */
export const clearAbandoned = async (
  { db, logger }: GoogleDependencies,
  google: GoogleClient,
  adminId: number,
): Promise<void> => {
  const meetings = (await db('meeting')
    .where({ admin_id: adminId })
    .modify(isAbandoned)
    .select('*')) as MeetingRow[];
  for (const { id, uuid, calendar_id, calendar_revision, company_id } of meetings) {
    const who = await onBehalfOf(db, adminId, calendar_id);
    const subject = calendarSubject({
      adminId,
      isFormer: who.isFormer,
      companyId: company_id,
      entity: 'event',
      recordId: id,
    });
    const eventId = calendarEventId(uuid, calendar_revision);
    const result = await callInTurn(db, subject, (signal) =>
      google.deleteEvent({ ...who, eventId }, { signal }),
    );
    if (!result.ok && result.failure.kind !== 'gone') throw failureOf(result.failure, result.apiCallId);
    await db('meeting').where({ id }).modify(isAbandoned).delete();
    logger.warn({ meetingId: id, adminId }, 'a booking that came to no end was taken back');
  }
};
