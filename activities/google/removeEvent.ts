/** Takes an event out of an admin's calendar: the call was cancelled, or the booking was refused after the event was sent. */
import type { OrphanEvent } from '../../workflows/bookingSteps.ts';
import { callInTurn, failureOf } from '../downstream/call.ts';
import { forgetEvent } from '../hermes/bookings/leftovers.ts';
import { calendarOf, onBehalfOf, requireGoogle } from './admin.ts';
import { calendarSubject, type GoogleDependencies } from './deps.ts';

/** @returns whether there was an event; one that was deleted before counts as there */
export const removeCalendarEvent =
  (deps: GoogleDependencies) =>
  async ({ adminId, eventId, meetingId }: OrphanEvent): Promise<'removed' | 'absent'> => {
    const { db } = deps;
    const google = requireGoogle(deps);
    const calendarId = meetingId === undefined ? null : await calendarOf(db, meetingId);
    const who = await onBehalfOf(db, adminId, calendarId);
    const subject = calendarSubject({
      adminId,
      isFormer: who.isFormer,
      companyId: null,
      entity: 'event',
      recordId: meetingId ?? null,
    });
    const result = await callInTurn(db, subject, (signal) =>
      google.deleteEvent({ ...who, eventId }, { signal }),
    );
    if (!result.ok && result.failure.kind !== 'gone') throw failureOf(result.failure, result.apiCallId);
    if (meetingId !== undefined) await forgetEvent(db, meetingId);
    return result.ok ? 'removed' : 'absent';
  };
