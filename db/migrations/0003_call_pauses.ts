import type { Knex } from 'knex';

/**
 * Pauses of a downstream that grow while it goes on refusing, and end with one call that finds out whether it answers again (RL-08).
 *
 * `take_call_slot` now keeps its promise also where one call waits in two windows at once (searches): a place far in the future in
 * one of them no longer holds up the calls that come after it, and no rolling window ever holds more than its maximum.
 */
const sql = /* sql */ `
-- Refusals in a row, counted once per pause.
alter table api_window add column strikes integer not null default 0;
-- When the call was let through that finds out whether the pause is over.
alter table api_window add column probing_since timestamptz;

drop function take_call_slot(text[], integer[], interval, interval);

-- Takes the next free place in rolling windows, all of them at once, and says how many milliseconds to wait for it. The place is taken
-- only when the wait is at most max_wait; otherwise the answer says when to ask again. The clock is the server's, so workers on
-- several machines share one. place is the moment granted, for settle_call_slot.
create function take_call_slot(buckets text[], maxima integer[], period interval, max_wait interval)
returns table (wait_ms double precision, taken boolean, reason text, probe boolean, place text) language plpgsql as $$
declare
  probe_patience constant interval := interval '10 seconds';
  moment timestamptz;
  slot timestamptz;
  before timestamptz;
  grants timestamptz[];
  held api_window;
  i integer;
  j integer;
begin
  insert into api_window (bucket) select unnest(buckets) on conflict do nothing;
  perform 1 from api_window where bucket = any (buckets) order by bucket for update;
  moment := clock_timestamp();
  slot := moment;
  taken := false;
  probe := false;
  for i in 1 .. array_length(buckets, 1) loop
    select * into held from api_window where bucket = buckets[i];
    if held.blocked_until > moment then
      wait_ms := extract(epoch from held.blocked_until - moment) * 1000;
      reason := held.blocked_reason;
      return next;
      return;
    end if;
    if held.probing_since > moment - probe_patience then
      wait_ms := 500;
      reason := held.blocked_reason;
      return next;
      return;
    end if;
    probe := probe or held.blocked_until is not null;
  end loop;

  loop
    before := slot;
    for i in 1 .. array_length(buckets, 1) loop
      select granted into grants from api_window where bucket = buckets[i];
      -- Every full window around the place moves it to that window's end.
      for j in 1 .. cardinality(grants) - maxima[i] + 1 loop
        if slot > grants[j + maxima[i] - 1] - period and slot < grants[j] + period then
          slot := grants[j] + period;
        end if;
      end loop;
    end loop;
    exit when slot = before;
  end loop;

  wait_ms := extract(epoch from slot - moment) * 1000;
  taken := slot - moment <= max_wait;
  if taken then
    place := slot::text;
    update api_window set
      granted = array(select at from unnest(granted || slot) as at where at > moment - period order by at),
      probing_since = case when blocked_until is null then null else moment end
    where bucket = any (buckets);
  end if;
  return next;
end $$;

-- Moves a place to the moment of its call's answer. The other end counted the call at some moment before that: a call that was slow to
-- arrive must not find the next ones on its heels.
create function settle_call_slot(buckets text[], place text) returns void language sql as $$
  update api_window
    set granted = array(select at from unnest(array_replace(granted, place::timestamptz, clock_timestamp())) as at order by at)
    where bucket = any (buckets) and place::timestamptz = any (granted) and place::timestamptz < clock_timestamp();
$$;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
