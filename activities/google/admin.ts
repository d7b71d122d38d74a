import { ApplicationFailure } from '@temporalio/activity';
import type { GoogleClient, OnBehalfOf } from '../../clients/google/client.ts';
import type { Database } from '../../db/connection.ts';
import type { GoogleDependencies } from './deps.ts';

/** In whose name, and in whose calendar, a call is made. */
export interface CalendarUser extends OnBehalfOf {
  /** A calendar that the admin had before their e-mail was changed. */
  isFormer: boolean;
}

/**
 * The admin, in a calendar of theirs.
 *
 * @param calendarId where a call's event stands; null for the calendar that the admin has today
 * @throws when the admin is gone
 */
export const onBehalfOf = async (
  db: Database,
  adminId: number,
  calendarId: string | null = null,
): Promise<CalendarUser> => {
  const admin = await db('admin').where({ id: adminId }).first<{ username: string } | undefined>('username');
  if (admin === undefined) {
    throw ApplicationFailure.nonRetryable(`admin ${adminId} does not exist any more`, 'Gone');
  }
  const subject = calendarId ?? admin.username;
  const isFormer = subject.toLowerCase() !== admin.username.toLowerCase();
  return { subject, quotaUser: String(adminId), isFormer };
};

/** Where the event of a meeting stands; null when nobody knows. */
export const calendarOf = async (db: Database, meetingId: number): Promise<string | null> => {
  const meeting = await db('meeting')
    .where({ id: meetingId })
    .first<{ calendar_id: string | null } | undefined>('calendar_id');
  return meeting?.calendar_id ?? null;
};

/** @throws when no service account is configured: nothing can be booked until there is one */
export const requireGoogle = ({ google, logger }: GoogleDependencies): GoogleClient => {
  if (google !== null) return google;
  logger.error('G_CLIENT_EMAIL and G_PRIVATE_KEY are not set: no calendar can be read or written');
  throw ApplicationFailure.nonRetryable('no Google service account is configured', 'Unconfigured');
};
