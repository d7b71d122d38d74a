import type { Knex } from 'knex';

/** What is known of restores from a backup: which ids were given to records that were lost, and which server the database is on. */
const sql = /* sql */ `
-- Ids above "after" and up to "upto" are given to nothing any more: records that a restore lost may have had them, and Pipedrive's
-- hermes_id still names them.
create table lost_ids (
  id integer generated always as identity primary key,
  entity text not null check (entity in ('organization', 'person', 'deal')),
  after integer not null,
  upto integer not null,
  -- The newest moment that the backup tells of: what was lost came later.
  since timestamptz not null,
  noted_at timestamptz not null default clock_timestamp()
);

-- Changes when the database was restored to a moment, or put onto another server.
create table database_origin (
  singleton boolean primary key default true check (singleton),
  server text not null,
  timeline text not null
);

-- sent: the create was sent, or is about to be. looking: first it is looked for what a lost record of ours left behind. free: there was
-- nothing, the create may be sent.
alter table create_intent add column state text not null default 'sent' check (state in ('sent', 'looking', 'free'));
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
