import type { Knex } from 'knex';

/** Who may send events is said in one place, workflows/names.ts: a new sender needs no migration. */
const sql = /* sql */ `
alter table webhook drop constraint if exists webhook_source_check;
alter table webhook add constraint webhook_source_named check (source <> '');
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
