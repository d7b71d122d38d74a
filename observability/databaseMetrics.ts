/**
 * Metrics of the work itself, read from the database: they hold for all processes together, and no worker has to be asked.
 *
 * Gauges are counted at the moment of the look. Counters are carried on from the last look: rows are numbered in the order in which
 * they are written, and a look takes those since the one before. Each process counts from its own start.
 */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Knex } from 'knex';
import type { Database } from '../db/connection.ts';

/** A row becomes visible a moment after it was numbered; younger ones are left to the next look. */
const settleSeconds = 2;

/** No look may hold up the database for longer. */
const patience = '5s';

/** A look after a long silence takes at most so many rows at a time. */
const batch = 10_000;

/** What failed runs are counted under: the typed reason, which is one word before a colon. */
const failureType = `case when reason ~ '^[A-Za-z]{1,60}:' then split_part(reason, ':', 1) else 'Other' end`;

const queries = {
  backlog: `
    select source, type, count(*)::int as count, extract(epoch from now() - min(received_at))::float as age
    from webhook where outcome is null and type is not null group by 1, 2`,
  parked: `
    select source, type, count(*)::int as count, extract(epoch from now() - min(received_at))::float as age
    from webhook where outcome = 'parked' group by 1, 2`,
  failed: `
    select source, type, ${failureType} as reason, count(*)::int as count
    from webhook where outcome = 'failed' group by 1, 2, 3`,
  behind: `
    select system, refused, count(*)::int as count, extract(epoch from now() - min(wanted_at))::float as age from (
      select 'pipedrive' as system, wanted_at, pipedrive_failed_version is not distinct from wanted_version as refused
      from company where wanted_version > pipedrive_synced_version
      union all
      select 'tc2', wanted_at, tc2_failed_version is not distinct from wanted_version
      from company where wanted_version > tc2_synced_version
    ) as behind group by 1, 2`,
  budgets: `select system, daily_limit, daily_remaining from api_budget`,
  pauses: `
    select bucket, blocked_reason as reason, extract(epoch from blocked_until - now())::float as seconds
    from api_window where blocked_until > now()`,
  reconciled: `
    select entity, sum(drifted)::int as drifted, extract(epoch from now() - max(at))::float as age
    from reconcile_page where run_id = (select run_id from reconcile_page order by at desc limit 1) group by 1`,
  received: `
    select id, source, coalesce(type, 'none') as type from webhook
    where id > ? and received_at < now() - interval '${settleSeconds} seconds' order by id limit ${batch}`,
  finished: `
    select source, coalesce(type, 'none') as type, outcome, count(*)::int as count, max(finished_at) as until
    from webhook where finished_at > ? and finished_at <= ? and outcome <> 'parked' group by 1, 2, 3`,
  calls: `
    select id, system, method, endpoint, coalesce(status::text, 'none') as status, duration_ms, tokens from api_call
    where id > ? and at < now() - interval '${settleSeconds} seconds' order by id limit ${batch}`,
} as const;

interface WaitingRow {
  source: string;
  type: string;
  count: number;
  age: number;
}

interface BudgetRow {
  system: string;
  daily_limit: number | null;
  daily_remaining: number | null;
}

interface CallRow {
  id: number;
  system: string;
  method: string;
  endpoint: string;
  status: string;
  duration_ms: number;
  tokens: number | null;
}

interface Cursors {
  webhook: number;
  call: number;
  finished: Date;
}

const gauges = (registry: Registry) => {
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  return {
    up: gauge('hermes_database_up', '1 when the last look into the database succeeded', []),
    backlog: gauge('hermes_webhooks_unprocessed', 'Webhooks accepted and not processed yet', [
      'source',
      'type',
    ]),
    parked: gauge('hermes_webhooks_parked', 'Webhooks that wait for something that is not configured yet', [
      'source',
      'type',
    ]),
    oldest: gauge(
      'hermes_oldest_unprocessed_webhook_age_seconds',
      'Age of the oldest accepted webhook that is not processed, those included that wait or are throttled; 0 without one',
      ['state'],
    ),
    failed: gauge('hermes_webhooks_failed', 'Webhooks that failed and stand so, by typed reason', [
      'source',
      'type',
      'reason',
    ]),
    behind: gauge(
      'hermes_companies_behind',
      'Companies of which a downstream does not hold what is wanted: on their way (waiting), or refused for good',
      ['system', 'state'],
    ),
    behindAge: gauge(
      'hermes_oldest_company_behind_age_seconds',
      'Seconds since the oldest change that a downstream does not hold yet; 0 without one',
      ['system', 'state'],
    ),
    budgetLeft: gauge(
      'hermes_downstream_daily_budget_remaining',
      'What is left of the daily budget of calls',
      ['system'],
    ),
    budget: gauge('hermes_downstream_daily_budget_limit', 'The daily budget of calls', ['system']),
    paused: gauge(
      'hermes_downstream_paused_seconds',
      'Seconds for which no call is let through, because the downstream throttles or refuses the key',
      ['bucket', 'reason'],
    ),
    drifted: gauge(
      'hermes_reconcile_drifted_records',
      'Records that the last reconciliation found drifted apart from Pipedrive',
      ['entity'],
    ),
    reconciled: gauge(
      'hermes_reconcile_age_seconds',
      'Seconds since the last reconciliation read from Pipedrive; missing before the first one',
      [],
    ),
  };
};

const counters = (registry: Registry) => ({
  received: new Counter({
    name: 'hermes_webhooks_received_total',
    help: 'Webhooks filed in the inbox, repeated deliveries not counted; type none for events that nothing is done for',
    labelNames: ['source', 'type'],
    registers: [registry],
  }),
  finished: new Counter({
    name: 'hermes_webhooks_finished_total',
    help: 'Webhooks whose work ended, by outcome',
    labelNames: ['source', 'type', 'outcome'],
    registers: [registry],
  }),
  tokens: new Counter({
    name: 'hermes_downstream_tokens_total',
    help: 'What calls cost of the daily budget of a downstream, in its own tokens',
    labelNames: ['system', 'method', 'endpoint', 'status'],
    registers: [registry],
  }),
  calls: new Histogram({
    name: 'hermes_downstream_call_duration_seconds',
    help: 'Calls to downstreams and how long they took; status none when no answer came',
    labelNames: ['system', 'method', 'endpoint', 'status'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  }),
});

/** Looks into the database and brings the metrics of its registry up to date. */
export interface DatabaseMetrics {
  look(): Promise<void>;
}

/**
 * Registers the metrics.
 *
 * @param db asked by `look`, a handful of short queries on indexes
 */
export const createDatabaseMetrics = (db: Database, registry: Registry): DatabaseMetrics => {
  const gauge = gauges(registry);
  const counter = counters(registry);
  let cursors: Cursors | null = null;

  const rows = async <T>(trx: Knex, sql: string, bindings: readonly Knex.RawBinding[] = []): Promise<T[]> =>
    (await trx.raw<{ rows: T[] }>(sql, bindings)).rows;

  const startCursors = async (trx: Knex): Promise<Cursors> => {
    const [row] = await rows<Cursors>(
      trx,
      `select (select coalesce(max(id), 0) from webhook)::int8 as webhook,
              (select coalesce(max(id), 0) from api_call)::int8 as call,
              now() - interval '${settleSeconds} seconds' as finished`,
    );
    if (row === undefined) throw new Error('PostgreSQL answered without a row');
    return row;
  };

  const waiting = async (trx: Knex): Promise<void> => {
    const backlog = await rows<WaitingRow>(trx, queries.backlog);
    const parked = await rows<WaitingRow>(trx, queries.parked);
    gauge.backlog.reset();
    gauge.parked.reset();
    for (const { source, type, count } of backlog) gauge.backlog.set({ source, type }, count);
    for (const { source, type, count } of parked) gauge.parked.set({ source, type }, count);
    const oldest = (of: readonly WaitingRow[]): number => Math.max(0, ...of.map(({ age }) => age));
    gauge.oldest.set({ state: 'unprocessed' }, oldest(backlog));
    gauge.oldest.set({ state: 'parked' }, oldest(parked));
  };

  const failed = async (trx: Knex): Promise<void> => {
    const found = await rows<{ source: string; type: string | null; reason: string; count: number }>(
      trx,
      queries.failed,
    );
    gauge.failed.reset();
    for (const { source, type, reason, count } of found) {
      gauge.failed.set({ source, type: type ?? 'none', reason }, count);
    }
  };

  const behind = async (trx: Knex): Promise<void> => {
    const found = await rows<{ system: string; refused: boolean; count: number; age: number }>(
      trx,
      queries.behind,
    );
    for (const system of ['pipedrive', 'tc2']) {
      for (const state of ['waiting', 'refused']) {
        const row = found.find((one) => one.system === system && one.refused === (state === 'refused'));
        gauge.behind.set({ system, state }, row?.count ?? 0);
        gauge.behindAge.set({ system, state }, row?.age ?? 0);
      }
    }
  };

  const downstreams = async (trx: Knex): Promise<void> => {
    const budgets = await rows<BudgetRow>(trx, queries.budgets);
    const pauses = await rows<{ bucket: string; reason: string | null; seconds: number }>(
      trx,
      queries.pauses,
    );
    for (const { system, daily_limit: limit, daily_remaining: left } of budgets) {
      if (limit !== null) gauge.budget.set({ system }, limit);
      if (left !== null) gauge.budgetLeft.set({ system }, left);
    }
    gauge.paused.reset();
    for (const { bucket, reason, seconds } of pauses) {
      gauge.paused.set({ bucket, reason: reason ?? 'none' }, seconds);
    }
  };

  const reconciled = async (trx: Knex): Promise<void> => {
    const found = await rows<{ entity: string; drifted: number; age: number }>(trx, queries.reconciled);
    gauge.drifted.reset();
    gauge.reconciled.remove();
    for (const { entity, drifted } of found) gauge.drifted.set({ entity }, drifted);
    if (found.length > 0) gauge.reconciled.set(Math.min(...found.map(({ age }) => age)));
  };

  const count = async (trx: Knex, since: Cursors): Promise<Cursors> => {
    const [moment] = await rows<{ until: Date }>(
      trx,
      `select now() - interval '${settleSeconds} seconds' as until`,
    );
    const until = moment?.until ?? since.finished;
    const received = await rows<{ id: number; source: string; type: string }>(trx, queries.received, [
      since.webhook,
    ]);
    const finished = await rows<{ source: string; type: string; outcome: string; count: number }>(
      trx,
      queries.finished,
      [since.finished, until],
    );
    const calls = await rows<CallRow>(trx, queries.calls, [since.call]);
    for (const { source, type } of received) counter.received.inc({ source, type });
    for (const { source, type, outcome, count: ended } of finished) {
      counter.finished.inc({ source, type, outcome }, ended);
    }
    for (const { system, method, endpoint, status, duration_ms: ms, tokens } of calls) {
      counter.calls.observe({ system, method, endpoint, status }, ms / 1000);
      if (tokens !== null) counter.tokens.inc({ system, method, endpoint, status }, tokens);
    }
    return {
      webhook: received.at(-1)?.id ?? since.webhook,
      call: calls.at(-1)?.id ?? since.call,
      finished: until,
    };
  };

  return {
    look: async () => {
      try {
        await db.transaction(async (trx) => {
          await trx.raw(`set local statement_timeout = '${patience}'`);
          await waiting(trx);
          await failed(trx);
          await behind(trx);
          await downstreams(trx);
          await reconciled(trx);
          cursors = await count(trx, cursors ?? (await startCursors(trx)));
        });
        gauge.up.set(1);
      } catch (error) {
        // What was true some time ago would be read as true now.
        for (const one of Object.values(gauge)) one.reset();
        gauge.up.set(0);
        throw error;
      }
    },
  };
};
