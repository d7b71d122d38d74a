import type { Context } from 'koa';
import { eventSources } from '../../../workflows/names.ts';
import type { ApiDependencies } from '../../context.ts';
import { render, runUrl } from '../context.ts';
import { createTemporalStateReader } from '../temporalState.ts';

interface Minute {
  minute: Date;
  source: string;
  events: number;
}

/** Received in each of the last 60 minutes, the oldest first. */
const perMinute = (rows: readonly Minute[], source: string, now: Date): number[] => {
  const counts = new Map(
    rows
      .filter((row) => row.source === source)
      .map((row) => [Math.floor(row.minute.getTime() / 60_000), row.events]),
  );
  const last = Math.floor(now.getTime() / 60_000);
  return Array.from({ length: 60 }, (_, index) => counts.get(last - 59 + index) ?? 0);
};

const isBehind = `(wanted_version > pipedrive_synced_version and pipedrive_failed_version is distinct from wanted_version)
  or (wanted_version > tc2_synced_version and tc2_failed_version is distinct from wanted_version)`;

const isRefused = 'pipedrive_failed_version = wanted_version or tc2_failed_version = wanted_version';

interface ReconcileCounts {
  at: Date;
  read: number;
  drifted: number;
}

const lastReconcile = `select max(at) as at, sum(read)::int as read, sum(drifted)::int as drifted from reconcile_page
  where run_id = (select run_id from reconcile_page order by at desc limit 1) having count(*) > 0`;

/** GET /admin/overview: is all well, and if not, where. */
export const overview = (dependencies: ApiDependencies) => {
  const { db, environment, starter } = dependencies;
  const temporal = createTemporalStateReader(dependencies.temporal, (work) => starter.follow(work));
  return async (context: Context): Promise<void> => {
    const asked = temporal.read();
    const [minutes, [waiting], [parked], outcomes, failures, [behind], [refused], budgets, windows] =
      await Promise.all([
        db('webhook')
          .where('received_at', '>', db.raw(`now() - interval '1 hour'`))
          .groupByRaw('1, 2')
          .select<Minute[]>(
            db.raw(`date_trunc('minute', received_at) as minute`),
            'source',
            db.raw('count(*) as events'),
          ),
        db('webhook')
          .whereNull('outcome')
          .whereNotNull('type')
          .select<{ events: number; since: Date | null }[]>(
            db.raw('count(*) as events'),
            db.raw('min(received_at) as since'),
          ),
        db('webhook')
          .where({ outcome: 'parked' })
          .select<{ events: number; since: Date | null }[]>(
            db.raw('count(*) as events'),
            db.raw('min(received_at) as since'),
          ),
        db('webhook')
          .where('received_at', '>', db.raw(`now() - interval '24 hours'`))
          .groupBy('outcome')
          .orderByRaw('2 desc')
          .select<{ outcome: string | null; events: number }[]>('outcome', db.raw('count(*) as events')),
        db('webhook')
          .where({ outcome: 'failed' })
          .groupByRaw('1')
          .orderByRaw('2 desc')
          .limit(10)
          .select<{ cause: string; events: number }[]>(
            db.raw(`split_part(reason, ':', 1) as cause`),
            db.raw('count(*) as events'),
          ),
        db('company')
          .whereRaw(isBehind)
          .select<{ companies: number; since: Date | null }[]>(
            db.raw('count(*) as companies'),
            db.raw('min(wanted_at) as since'),
          ),
        db('company').whereRaw(isRefused).select<{ companies: number }[]>(db.raw('count(*) as companies')),
        db('api_budget').select<
          { system: string; daily_limit: number | null; daily_remaining: number | null; observed_at: Date }[]
        >('*'),
        db('api_window')
          .where('blocked_until', '>', db.fn.now())
          .select<{ bucket: string; blocked_until: Date; blocked_reason: string | null }[]>('*'),
      ]);
    const { rows: reconciled } = await db.raw<{ rows: ReconcileCounts[] }>(lastReconcile);
    const state = await asked;
    const now = new Date();
    render(context, 'overview', {
      title: 'Overview',
      sources: eventSources.map((source) => ({
        source,
        counts: perMinute(minutes, source, now),
      })),
      from: new Date(now.getTime() - 59 * 60_000),
      now,
      waiting,
      parked,
      outcomes,
      failures,
      behind,
      refused,
      budgets,
      windows,
      queues: state?.queues ?? null,
      reconcile: {
        run: state?.lastReconcile ?? null,
        counts: reconciled[0] ?? null,
        url: runUrl(dependencies, state?.lastReconcile?.workflowId ?? null),
      },
      temporalUi: environment.TEMPORAL_UI_URL ?? null,
    });
  };
};
