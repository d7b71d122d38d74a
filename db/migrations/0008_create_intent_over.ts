import type { Knex } from 'knex';

/** Until when a create may still be under way: before that, not finding its record proves nothing. */
const sql = /* sql */ `
-- Set when our call ended without a clear answer; null while it may still be running, at most as long as an activity lives.
alter table create_intent add column over_at timestamptz;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
