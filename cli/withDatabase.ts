import { connectDatabase, type Database } from '../db/connection.ts';
import type { Environment } from '../environment/environment.ts';

/** Runs `work` with a small pool that is closed afterwards, whatever comes of it. */
export const withDatabase = async <T>(
  environment: Pick<Environment, 'DATABASE_URL'>,
  work: (db: Database) => Promise<T>,
): Promise<T> => {
  const db = connectDatabase(environment.DATABASE_URL, 2, 'hermes-cli');
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
};
