/** Takes out events that must not stand any more, of bookings that were told no and of calls that were cancelled. */
import type { GoogleClient } from '../../clients/google/client.ts';
import type { MeetingRow } from '../../db/models/index.ts';
import { calendarEventId } from '../../domain/callbooker/calendarEvent.ts';
import { forgetEvent, isLeftover } from '../hermes/bookings/leftovers.ts';
import { deleteEvent } from './deleteEvent.ts';
import type { GoogleDependencies } from './deps.ts';

/** The event goes first, if there is one: until then the next look tries again. The meeting of a booking goes too. */
export const clearLeftovers = async (
  { db, logger }: GoogleDependencies,
  google: GoogleClient,
  adminId: number,
): Promise<void> => {
  const meetings = (await db('meeting')
    .where({ admin_id: adminId })
    .modify(isLeftover)
    .select('*')) as MeetingRow[];
  for (const { id, status, uuid, calendar_id, calendar_revision, company_id } of meetings) {
    await deleteEvent(db, google, {
      adminId,
      calendarId: calendar_id,
      eventId: calendarEventId(uuid, calendar_revision),
      companyId: company_id,
      meetingId: id,
    });
    await db('meeting').where({ id, status: 'PLANNED' }).modify(isLeftover).delete();
    await forgetEvent(db, id);
    logger.warn({ meetingId: id, adminId, status }, 'an event that was left in a calendar was taken out');
  }
};
