import { ApplicationFailure } from '@temporalio/activity';
import type { GoogleClient, OnBehalfOf } from '../../clients/google/client.ts';
import type { Database } from '../../db/connection.ts';
import type { GoogleDependencies } from './deps.ts';

/** The admin in whose name, and in whose calendar, a call is made. @throws when the admin is gone */
export const onBehalfOf = async (db: Database, adminId: number): Promise<OnBehalfOf> => {
  const admin = await db('admin').where({ id: adminId }).first<{ username: string } | undefined>('username');
  if (admin === undefined) {
    throw ApplicationFailure.nonRetryable(`admin ${adminId} does not exist any more`, 'Gone');
  }
  return { subject: admin.username, quotaUser: String(adminId) };
};

/** @throws when no service account is configured: nothing can be booked until there is one */
export const requireGoogle = ({ google, logger }: GoogleDependencies): GoogleClient => {
  if (google !== null) return google;
  logger.error('G_CLIENT_EMAIL and G_PRIVATE_KEY are not set: no calendar can be read or written');
  throw ApplicationFailure.nonRetryable('no Google service account is configured', 'Unconfigured');
};
