import type { Knex } from 'knex';

/** The database's clock, by which rows are dated and which all processes share. */
export const databaseTime = async (db: Knex): Promise<Date> => {
  const { rows } = await db.raw<{ rows: [{ now: Date }] }>('select clock_timestamp() as now');
  return rows[0].now;
};
