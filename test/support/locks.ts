/** Statements that wait for each other. */
import type { Knex } from 'knex';
import { eventually } from './hermes.ts';

/** Resolves when a statement of this database waits for a lock that another transaction holds. */
export const untilLockIsAwaited = (db: Knex): Promise<void> =>
  eventually('a statement waits for a lock', async () => {
    const { rows } = await db.raw<{ rows: unknown[] }>(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  });
