import type { Knex } from 'knex';

/** What each call costs of the daily budget. */
const sql = /* sql */ `
-- Null where the downstream counts none, and for calls made before.
alter table api_call add column tokens integer;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
