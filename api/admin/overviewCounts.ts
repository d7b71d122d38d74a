/** What the overview counts: a handful of short queries. */
import type { Knex } from 'knex';
import type { Database } from '../../db/connection.ts';

/** Events received in a minute. */
export interface Minute {
  minute: Date;
  source: string;
  events: number;
}

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

interface Waiting {
  events: number;
  since: Date | null;
}

const countWaiting = (db: Database): Knex.Raw[] => [
  db.raw('count(*) as events'),
  db.raw('min(received_at) as since'),
];

const receivedPerMinute = (db: Database): Promise<Minute[]> =>
  db('webhook')
    .where('received_at', '>', db.raw(`now() - interval '1 hour'`))
    .groupByRaw('1, 2')
    .select<Minute[]>(
      db.raw(`date_trunc('minute', received_at) as minute`),
      'source',
      db.raw('count(*) as events'),
    );

const outcomesOfLastDay = (db: Database): Promise<{ outcome: string | null; events: number }[]> =>
  db('webhook')
    .where('received_at', '>', db.raw(`now() - interval '24 hours'`))
    .groupBy('outcome')
    .orderByRaw('2 desc')
    .select<{ outcome: string | null; events: number }[]>('outcome', db.raw('count(*) as events'));

const causesOfFailures = (db: Database): Promise<{ cause: string; events: number }[]> =>
  db('webhook')
    .where({ outcome: 'failed' })
    .groupByRaw('1')
    .orderByRaw('2 desc')
    .limit(10)
    .select<{ cause: string; events: number }[]>(
      db.raw(`split_part(reason, ':', 1) as cause`),
      db.raw('count(*) as events'),
    );

/** Counts everything that the overview shows of the database. */
export const countOverview = async (db: Database) => {
  const [minutes, [waiting], [parked], outcomes, failures, [behind], [refused], budgets, windows] =
    await Promise.all([
      receivedPerMinute(db),
      db('webhook')
        .whereNull('outcome')
        .whereNotNull('type')
        .select<Waiting[]>(...countWaiting(db)),
      db('webhook')
        .where({ outcome: 'parked' })
        .select<Waiting[]>(...countWaiting(db)),
      outcomesOfLastDay(db),
      causesOfFailures(db),
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
  const counts = { waiting, parked, outcomes, failures, behind, refused, budgets, windows };
  return { minutes, counts, reconciled: reconciled[0] ?? null };
};
