/** Takes an event out of an admin's calendar: the call was cancelled, or the booking was refused after the event was sent. */
import type { OrphanEvent } from '../../workflows/bookingSteps.ts';
import { forgetEvent } from '../hermes/bookings/leftovers.ts';
import { calendarOf, requireGoogle } from './admin.ts';
import { deleteEvent } from './deleteEvent.ts';
import type { GoogleDependencies } from './deps.ts';

/** @returns whether there was an event; one that was deleted before counts as there */
export const removeCalendarEvent =
  (deps: GoogleDependencies) =>
  async ({ adminId, eventId, meetingId }: OrphanEvent): Promise<'removed' | 'absent'> => {
    const { db } = deps;
    const google = requireGoogle(deps);
    const calendarId = meetingId === undefined ? null : await calendarOf(db, meetingId);
    const event = { adminId, calendarId, eventId, companyId: null, meetingId: meetingId ?? null };
    const wasThere = await deleteEvent(db, google, event);
    if (meetingId !== undefined) await forgetEvent(db, meetingId);
    return wasThere ? 'removed' : 'absent';
  };
