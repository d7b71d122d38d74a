/** Statements that wait for each other. */
import type { Knex } from 'knex';
import { eventually } from './hermes.ts';

/** Resolves when statements of this database, so many, wait for locks that other transactions hold. */
export const untilLockIsAwaited = (db: Knex, statements = 1): Promise<void> =>
  eventually(`${statements} statements wait for a lock`, async () => {
    const { rows } = await db.raw<{ rows: unknown[] }>(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length >= statements;
  });
