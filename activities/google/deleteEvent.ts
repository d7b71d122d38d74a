import type { GoogleClient } from '../../clients/google/client.ts';
import type { Database } from '../../db/connection.ts';
import { callInTurn, failureOf } from '../downstream/call.ts';
import { onBehalfOf } from './admin.ts';
import { calendarSubject } from './deps.ts';

export interface StandingEvent {
  adminId: number;
  /** Where it stands; null for the calendar that the admin has today. */
  calendarId: string | null;
  eventId: string;
  companyId: number | null;
  meetingId: number | null;
}

/** Deletes an event. @returns whether it was there. @throws when the calendar does not say that it is gone */
export const deleteEvent = async (
  db: Database,
  google: GoogleClient,
  { adminId, calendarId, eventId, companyId, meetingId }: StandingEvent,
): Promise<boolean> => {
  const who = await onBehalfOf(db, adminId, calendarId);
  const { isFormer } = who;
  const subject = calendarSubject({ adminId, isFormer, companyId, entity: 'event', recordId: meetingId });
  const result = await callInTurn(db, subject, (signal) =>
    google.deleteEvent({ ...who, eventId }, { signal }),
  );
  if (!result.ok && result.failure.kind !== 'gone') throw failureOf(result.failure, result.apiCallId);
  return result.ok;
};
