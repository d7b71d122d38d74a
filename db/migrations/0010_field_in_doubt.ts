import type { Knex } from 'knex';

/** A write whose answer got lost may have happened or not: its fields are written again, whatever Hermes wants by then. */
const sql = /* sql */ `
-- Fields of a write that was sent and not answered yet: the record may hold the old value or the new one.
alter table remote_record add column in_doubt text[] not null default '{}';
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
