import type { Knex } from 'knex';

/** How the work of events ended is counted for the metrics from where the last count stopped. */
const sql = /* sql */ `
create index webhook_finished_at on webhook (finished_at) where finished_at is not null;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
