import type { Knex } from 'knex';

/**
 * Turns of calls, cheaper, kept more exactly, and in order of importance.
 *
 * - A call that waited asks again before it goes (`confirm_call_slot`): the calls before it may have gone later than they were granted,
 *   and the window over there began with them.
 * - Calls that wait go one after the other, evenly, not a whole burst at once: a late one is then followed by few, and an urgent one
 *   never waits for a whole window. An urgent call goes before all that wait.
 * - What a lost window costs is a burst too many after a crash of PostgreSQL: its commits are not waited for. Statements that call these
 *   functions must hold nothing else that has to last.
 * - The last part of a daily budget is kept for what matters most: calls that name a reserve find out every 15 minutes whether it is
 *   still touched.
 */
const sql = /* sql */ `
-- granted holds the moments of calls that went; these the places of calls that wait, the urgent ones apart.
alter table api_window add column waiting timestamptz[] not null default '{}';
alter table api_window add column urgent timestamptz[] not null default '{}';
-- The last place given to a call that waits in this window for its own sake.
alter table api_window add column paced timestamptz;

drop function take_call_slot(text[], integer[], interval, interval);

-- Takes the next free place in rolling windows, all of them at once, and says how many milliseconds to wait for it; a call that waited
-- confirms its place. It is taken only when the wait is at most max_wait; otherwise the answer says when to ask again. The clock is the
-- server's, so workers on several machines share one. reserve is the share of the daily budget of budget_system that the call must leave.
create function take_call_slot(
  buckets text[], maxima integer[], period interval, max_wait interval, is_urgent boolean default false,
  budget_system text default null, reserve double precision default 0
) returns table (wait_ms double precision, taken boolean, reason text, probe boolean, place text) language plpgsql as $$
declare
  probe_patience constant interval := interval '10 seconds';
  budget_patience constant interval := interval '15 minutes';
  moment timestamptz;
  slot timestamptz;
  before timestamptz;
  grants timestamptz[];
  held api_window;
  budget api_budget;
  i integer;
  j integer;
begin
  perform set_config('synchronous_commit', 'off', true);
  insert into api_window (bucket)
    select wanted from unnest(buckets) as wanted
    where not exists (select from api_window where bucket = wanted)
    on conflict do nothing;
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

  if reserve > 0 then
    select * into budget from api_budget where system = budget_system for update;
    if budget.daily_remaining < budget.daily_limit * reserve then
      if budget.observed_at > moment - budget_patience then
        wait_ms := extract(epoch from budget.observed_at + budget_patience - moment) * 1000;
        reason := 'DailyBudget';
        return next;
        return;
      end if;
      -- This call finds out; the others wait for its answer.
      update api_budget set observed_at = moment where system = budget_system;
    end if;
  end if;

  loop
    before := slot;
    for i in 1 .. array_length(buckets, 1) loop
      select * into held from api_window where bucket = buckets[i];
      grants := held.granted || held.urgent;
      if not is_urgent then
        grants := array(select at from unnest(grants || held.waiting) as at order by at);
        if i = 1 and slot > moment then
          slot := greatest(slot, held.paced + period / maxima[1]);
        end if;
      else
        grants := array(select at from unnest(grants) as at order by at);
      end if;
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
      granted = array(
        select at from unnest(case when slot = moment then granted || slot else granted end) as at
        where at > moment - period order by at
      ),
      waiting = array(
        select at from unnest(case when slot > moment and not is_urgent then waiting || slot else waiting end) as at
        where at > moment - period
      ),
      urgent = array(
        select at from unnest(case when slot > moment and is_urgent then urgent || slot else urgent end) as at
        where at > moment - period
      ),
      paced = case when bucket = buckets[1] and slot > moment and not is_urgent then slot else paced end,
      probing_since = case when blocked_until is null then null else moment end
    where bucket = any (buckets);
  end if;
  return next;
end $$;

-- A call whose place has come: goes when no more than the maximum went in the period before this moment, else says how much longer to
-- wait; those that wait behind it ask in their turn. Room is left for urgent calls that wait. When a pause began meanwhile it gives
-- its place up and says why.
create function confirm_call_slot(buckets text[], maxima integer[], period interval, is_urgent boolean, old_place text)
returns table (wait_ms double precision, taken boolean, reason text, place text) language plpgsql as $$
declare
  mine constant timestamptz := old_place::timestamptz;
  moment timestamptz;
  slot timestamptz;
  gone timestamptz[];
  held api_window;
  i integer;
begin
  perform set_config('synchronous_commit', 'off', true);
  perform 1 from api_window where bucket = any (buckets) order by bucket for update;
  moment := greatest(clock_timestamp(), mine);
  slot := moment;
  taken := true;
  for i in 1 .. array_length(buckets, 1) loop
    select * into held from api_window where bucket = buckets[i];
    if held.blocked_until > moment then
      taken := false;
      wait_ms := extract(epoch from held.blocked_until - moment) * 1000;
      reason := held.blocked_reason;
    end if;
    -- An urgent call that is due, or soon, counts as one that has just gone.
    gone := array(
      select at from unnest(held.granted || array(
        select least(due, moment) from unnest(held.urgent) as due where not is_urgent or due < mine
      )) as at order by at desc
    );
    slot := greatest(slot, gone[maxima[i]] + period);
  end loop;
  if taken then
    wait_ms := extract(epoch from slot - moment) * 1000;
    place := slot::text;
  end if;
  update api_window set
    granted = case
      when taken and slot = moment then array(select at from unnest(granted || slot) as at order by at)
      else granted
    end,
    waiting = case
      when is_urgent then waiting
      when taken and slot > moment then array_remove(waiting, mine) || slot
      else array_remove(waiting, mine)
    end,
    urgent = case
      when not is_urgent then urgent
      when taken and slot > moment then array_remove(urgent, mine) || slot
      else array_remove(urgent, mine)
    end
    where bucket = any (buckets);
  return next;
end $$;

drop function settle_call_slot(text[], text);

-- Ends a call: its place moves to the moment of its answer, because the other end counted the call at some moment before that, and a
-- call that was slow to arrive must not find the next ones on its heels; then its line in the log, and what the answer said of
-- the daily budget. Waits for the disk only when bodies are kept, which a failure of a run refers to.
create function finish_call(
  buckets text[], place text, system text, method text, endpoint text, status integer, failure text, duration_ms integer,
  company_id integer, entity text, record_id integer, workflow_id text, request_body jsonb, response_body jsonb,
  tokens integer, daily_limit bigint, daily_remaining bigint
) returns bigint language plpgsql as $$
#variable_conflict use_column
declare
  logged bigint;
begin
  if failure is null then
    perform set_config('synchronous_commit', 'off', true);
  end if;
  if place is not null then
    perform 1 from api_window where bucket = any (buckets) order by bucket for update;
    update api_window
      set granted = array(select at from unnest(array_replace(granted, place::timestamptz, clock_timestamp())) as at order by at)
      where bucket = any (buckets)
        and place::timestamptz = any (granted) and place::timestamptz < clock_timestamp();
  end if;
  insert into api_call (
    system, method, endpoint, status, failure, duration_ms, company_id, entity, record_id, workflow_id, request_body, response_body,
    tokens
  ) values (
    finish_call.system, finish_call.method, finish_call.endpoint, finish_call.status, finish_call.failure, finish_call.duration_ms,
    finish_call.company_id, finish_call.entity, finish_call.record_id, finish_call.workflow_id, finish_call.request_body,
    finish_call.response_body, finish_call.tokens
  ) returning id into logged;
  if finish_call.daily_remaining is not null then
    insert into api_budget (system, daily_limit, daily_remaining)
      values (finish_call.system, finish_call.daily_limit, finish_call.daily_remaining)
      on conflict on constraint api_budget_pkey do update set
        daily_limit = excluded.daily_limit, daily_remaining = excluded.daily_remaining, observed_at = now();
  end if;
  return logged;
end $$;
`;

export const up = async (knex: Knex): Promise<void> => {
  await knex.raw(sql);
};
