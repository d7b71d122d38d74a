import type { Knex } from 'knex';

/** What each page of a reconciliation found, for the overview and the metrics: Temporal forgets its runs. */
const sql = /* sql */ `
create table reconcile_page (
  run_id text not null,
  entity text not null,
  -- Where the page begins; a page that is read again replaces itself.
  after integer not null,
  at timestamptz not null default now(),
  read integer not null,
  compared integer not null,
  drifted integer not null,
  primary key (run_id, entity, after)
);
create index reconcile_page_at on reconcile_page (at);
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
