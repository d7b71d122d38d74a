import type { Knex } from 'knex';

/**
 * `settle_call_slot` takes its windows in the order in which `take_call_slot` does. Without an order a search that was answered and one
 * that asked for its turn could wait for each other until PostgreSQL ended one of them.
 */
const sql = /* sql */ `
create or replace function settle_call_slot(buckets text[], place text) returns void language sql as $$
  with held as (
    select bucket from api_window where bucket = any (buckets) order by bucket for update
  )
  update api_window
    set granted = array(select at from unnest(array_replace(granted, place::timestamptz, clock_timestamp())) as at order by at)
    from held
    where api_window.bucket = held.bucket
      and place::timestamptz = any (granted) and place::timestamptz < clock_timestamp();
$$;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
