import type { Knex } from 'knex';

/** What is asked for all the time is found by an index, however much an inbox, a call log and a list of companies have grown. */
const sql = /* sql */ `
-- The relay takes the oldest first. By the moment alone PostgreSQL rather walked all the rows by their id until it met those that wait.
drop index webhook_unstarted;
create index webhook_unstarted on webhook (id, next_start_at) where outcome is null and type is not null;

-- Bodies that retention will empty. An event gets here when its work ends, not when it arrives.
create index webhook_with_body on webhook (received_at)
  where outcome <> 'parked' and (body is not null or read_body is not null);
create index api_call_with_body on api_call (at) where request_body is not null or response_body is not null;

-- Whose turn it is goes by the newest company.
drop index company_price_plan;
create index company_sales_turn on company (price_plan, created desc, id desc) where sales_person_id is not null;
create index company_support_turn on company (created desc, id desc) where support_person_id is not null;

create index company_refused on company (id)
  where pipedrive_failed_version = wanted_version or tc2_failed_version = wanted_version;

-- Calls ahead, and those whose booking came to no end.
create index meeting_start_time on meeting (start_time);
create index meeting_unconfirmed on meeting (created) where calendar_synced_at is null and slot is not null;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
