import type { Knex } from 'knex';

/**
 * Moves the sequences of all ids on. After a restore the ids of what was lost are known elsewhere (in Pipedrive's hermes_id, in runs of
 * Temporal, in links) and must not be given to something else.
 *
 * @param gap how many ids are left out
 * @returns how many sequences were moved
 */
export const moveSequences = async (db: Knex, gap: number): Promise<number> => {
  const { rows } = await db.raw<{ rows: { moved: string }[] }>(
    `select setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, 0) + ?) as moved
       from pg_sequences where schemaname = current_schema() and increment_by > 0
         and sequencename !~ '^(schema_migration|pg_)'`,
    [gap],
  );
  return rows.length;
};
