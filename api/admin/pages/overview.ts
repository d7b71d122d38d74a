import type { Context } from 'koa';
import type { ApiDependencies } from '../../context.ts';
import { render } from '../context.ts';

interface Minute {
  minute: Date;
  source: string;
  events: number;
}

/** Received per minute of the last hour, as bars of an inline picture: [minute, count]. */
const perMinute = (rows: readonly Minute[], source: string, now: Date): number[] => {
  const counts = new Map(
    rows
      .filter((row) => row.source === source)
      .map((row) => [Math.floor(row.minute.getTime() / 60_000), row.events]),
  );
  const last = Math.floor(now.getTime() / 60_000);
  return Array.from({ length: 60 }, (_, index) => counts.get(last - 59 + index) ?? 0);
};

/** GET /admin/overview: is all well, and if not, where. */
export const overview =
  ({ db, environment }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const [minutes, [oldest], outcomes, failures, [behind], [refused], budgets, windows] = await Promise.all([
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
        .select<{ waiting: number; since: Date | null }[]>(
          db.raw('count(*) as waiting'),
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
        .whereRaw(
          '(wanted_version > pipedrive_synced_version and pipedrive_failed_version is distinct from wanted_version) or (wanted_version > tc2_synced_version and tc2_failed_version is distinct from wanted_version)',
        )
        .select<{ companies: number; since: Date | null }[]>(
          db.raw('count(*) as companies'),
          db.raw('min(wanted_at) as since'),
        ),
      db('company')
        .whereRaw('pipedrive_failed_version = wanted_version or tc2_failed_version = wanted_version')
        .select<{ companies: number }[]>(db.raw('count(*) as companies')),
      db('api_budget').select<
        { system: string; daily_limit: number | null; daily_remaining: number | null; observed_at: Date }[]
      >('*'),
      db('api_window')
        .where('blocked_until', '>', db.fn.now())
        .select<{ bucket: string; blocked_until: Date; blocked_reason: string | null }[]>('*'),
    ]);
    const now = new Date();
    render(context, 'overview', {
      title: 'Overview',
      sources: ['tc2', 'pipedrive', 'callbooker'].map((source) => ({
        source,
        counts: perMinute(minutes, source, now),
      })),
      oldest,
      outcomes,
      failures,
      behind,
      refused,
      budgets,
      windows,
      temporalUi: environment.TEMPORAL_UI_URL ?? null,
    });
  };
