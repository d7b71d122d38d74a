import type { Knex } from 'knex';

/** Of what a create was made: whether its record, once found, differs because of Hermes or because of somebody else. */
const sql = /* sql */ `
-- The company's wanted_version; null of intents that are older than this column.
alter table create_intent add column company_version integer;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
