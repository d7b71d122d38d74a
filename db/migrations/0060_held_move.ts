import type { Knex } from 'knex';

/** A held slot says for which call it is held: a call is moved by one run at a time. */
const sql = /* sql */ `
-- Set in a hold: a cancelled meeting without anybody, which keeps the time that a call is about to move to.
alter table meeting add column moves integer references meeting on delete cascade;
create unique index meeting_moves on meeting (moves) where moves is not null;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
