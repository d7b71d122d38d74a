import pg from 'pg';
import { prepareSession } from './session.ts';

/**
 * Connections for prepared statements, beside knex's.
 *
 * @param onIdleError a connection that breaks while idle (PostgreSQL restarted) must be heard, or it ends the process
 */
export const createPool = (
  databaseUrl: string,
  max: number,
  onIdleError: (error: Error) => void,
): pg.Pool => {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max,
    application_name: 'hermes-inbox',
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool awaits it, whatever its types say
    onConnect: prepareSession,
  });
  pool.on('error', onIdleError);
  return pool;
};
