import type { Knex } from 'knex';

/** When an operator logged in: a session that is used every day ends all the same. */
const sql = /* sql */ `
alter table operator_session add column created timestamptz not null default now();
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
