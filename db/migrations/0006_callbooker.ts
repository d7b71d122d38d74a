import type { Knex } from 'knex';

/** What the callbooker's door asks for: counts of bookings shared by all API processes, and a call by the uuid in its link. */
const sql = /* sql */ `
-- The layout is that of rate-limiter-flexible. Keys are hashes; points count until expire, in epoch milliseconds.
create table rate_limit (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);

create index meeting_uuid on meeting (uuid);
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
