/** How much of the tables a piece of work looks at, as PostgreSQL itself counts it. */
import type { Database } from '../../db/connection.ts';

const countMet = async (trx: Database): Promise<Record<string, number>> => {
  const { rows } = await trx.raw<{ rows: { relname: string; met: number }[] }>(
    `select relname, (seq_tup_read + coalesce(idx_tup_fetch, 0))::integer as met from pg_stat_xact_user_tables`,
  );
  return Object.fromEntries(rows.map(({ relname, met }) => [relname, met]));
};

/**
 * Rows that the statements of the work met, whether they took them or not, by table. What the work writes is not kept.
 *
 * @param work all its statements go to the connection that it is given
 */
export const rowsMet = async (
  db: Database,
  work: (trx: Database) => Promise<void>,
): Promise<Record<string, number>> => {
  const trx = await db.transaction();
  try {
    // What a parallel worker meets is counted elsewhere.
    await trx.raw('set local max_parallel_workers_per_gather = 0');
    const before = await countMet(trx);
    await work(trx);
    const after = await countMet(trx);
    return Object.fromEntries(
      Object.entries(after).map(([table, met]) => [table, met - (before[table] ?? 0)]),
    );
  } finally {
    await trx.rollback();
  }
};
