import type { Knex } from 'knex';

/** What every new row and every call runs through, at a fraction of the price. */
const sql = /* sql */ `
-- The view pg_sequences looks at every sequence there is; the one that matters is known.
create or replace function keep_sequence() returns trigger language plpgsql as $$
declare
  id_sequence constant regclass := pg_get_serial_sequence(format('%I.%I', tg_table_schema, tg_table_name), 'id');
begin
  if new.id > coalesce(pg_sequence_last_value(id_sequence), 0) then perform setval(id_sequence, new.id); end if;
  return new;
end $$;

-- api_window has a row per downstream: whichever plan is made for it, making one for every call costs more than it saves.
alter function take_call_slot(text[], integer[], interval, interval, boolean, text, double precision)
  set plan_cache_mode = force_generic_plan;
alter function confirm_call_slot(text[], integer[], interval, boolean, text) set plan_cache_mode = force_generic_plan;
alter function finish_call(
  text[], text, text, text, text, integer, text, integer, integer, text, integer, text, jsonb, jsonb, integer, bigint, bigint
) set plan_cache_mode = force_generic_plan;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
