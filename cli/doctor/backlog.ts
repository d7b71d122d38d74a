import type { Database } from '../../db/connection.ts';
import { counted, duration, fail, ok, warn, type Check, type DoctorContext, type Said } from './finding.ts';

const minuteMs = 60_000;
const lateMs = 2 * minuteMs;
const tooLateMs = 15 * minuteMs;
const behindMs = 10 * minuteMs;

/** Part of the daily budget below which it deserves a look. */
const lowBudget = 0.1;

const unfinishedSaid = async ({ db, now }: DoctorContext): Promise<Said[]> => {
  const row = (await db('webhook')
    .whereNull('outcome')
    .whereNotNull('type')
    .first(db.raw('count(*) as events, min(received_at) as oldest'))) as {
    events: number;
    oldest: Date | null;
  };
  if (row.oldest === null) return [ok('No event waits.')];
  const age = now.getTime() - row.oldest.getTime();
  const message = `${counted(row.events, 'event')} not finished, the oldest for ${duration(age)}.`;
  const advice =
    'See whether a worker runs, and the run in Temporal: a downstream that is away is waited for.';
  if (age > tooLateMs) return [fail(message, advice)];
  return [age > lateMs ? warn(message, advice) : ok(message)];
};

const parkedSaid = async (db: Database): Promise<Said[]> => {
  const rows = (await db('webhook')
    .where({ outcome: 'parked' })
    .groupBy('waiting_for')
    .orderByRaw('count(*) desc')
    .limit(5)
    .select('waiting_for', db.raw('count(*) as events'))) as { waiting_for: string | null; events: number }[];
  if (rows.length === 0) return [];
  const list = rows.map((row) => `${row.waiting_for ?? 'something'} (${row.events})`).join(', ');
  return [
    warn(
      `Parked events wait for ${list}.`,
      'Add what they wait for to the configuration: they go on by themselves.',
    ),
  ];
};

const failedSaid = async (db: Database): Promise<Said[]> => {
  const row = (await db('webhook')
    .where({ outcome: 'failed' })
    .whereNull('replay_of')
    .first(db.raw('count(*) as events'))) as { events: number };
  if (row.events === 0) return [ok('No event stands as failed.')];
  return [
    warn(
      `${counted(row.events, 'event')} failed.`,
      'See why: `npm run hermes -- replay --outcome failed --dry-run`; put it right, then replay.',
    ),
  ];
};

const companiesSaid = async ({ db, now }: DoctorContext): Promise<Said[]> => {
  const limit = new Date(now.getTime() - behindMs);
  const row = (await db('company').first(
    db.raw(
      `count(*) filter (where wanted_version > pipedrive_synced_version and wanted_at < ?
          and pipedrive_failed_version is distinct from wanted_version) as pipedrive,
        count(*) filter (where wanted_version > tc2_synced_version and wanted_at < ?
          and tc2_failed_version is distinct from wanted_version) as tc2,
        count(*) filter (where pipedrive_failed_version = wanted_version and wanted_version > pipedrive_synced_version
          or tc2_failed_version = wanted_version and wanted_version > tc2_synced_version) as refused`,
      [limit, limit],
    ),
  )) as { pipedrive: number; tc2: number; refused: number };
  const said: Said[] = [];
  if (row.pipedrive > 0) {
    said.push(
      warn(
        `Pipedrive is behind for more than ${duration(behindMs)} on ${counted(row.pipedrive, 'company', 'companies')}.`,
        'A sync waits for Pipedrive or for its turn: see CompanySync in Temporal.',
      ),
    );
  }
  if (row.tc2 > 0) {
    said.push(
      warn(
        `TutorCruncher is behind for more than ${duration(behindMs)} on ${counted(row.tc2, 'company', 'companies')}.`,
        'A sync waits for TutorCruncher: see CompanySync in Temporal.',
      ),
    );
  }
  if (row.refused > 0) {
    said.push(
      warn(
        `A part of ${counted(row.refused, 'company', 'companies')} was refused for good.`,
        'See pipedrive_failure and tc2_failure of the companies; then `npm run hermes -- replay company ID`.',
      ),
    );
  }
  return said.length === 0 ? [ok('Every company is in sync, or on its way.')] : said;
};

const pausedSaid = async (db: Database): Promise<Said[]> => {
  const rows = (await db('api_window')
    .whereRaw('blocked_until > now()')
    .select('bucket', 'blocked_reason', 'blocked_until')) as {
    bucket: string;
    blocked_reason: string | null;
    blocked_until: Date;
  }[];
  return rows.map(({ bucket, blocked_reason: reason, blocked_until: until }) => {
    const message = `Calls to ${bucket} are paused until ${until.toISOString()} (${reason ?? 'no reason'}).`;
    return reason === 'Unauthorised'
      ? fail(message, 'The key is refused: correct it; calls go on by themselves.')
      : warn(message, 'They go on by themselves.');
  });
};

const budgetSaid = async (db: Database): Promise<Said[]> => {
  const rows = (await db('api_budget').whereNotNull('daily_remaining').select('*')) as {
    system: string;
    daily_limit: number | null;
    daily_remaining: number;
  }[];
  return rows.flatMap(({ system, daily_limit: limit, daily_remaining: left }) => {
    if (left <= 0) {
      return [fail(`The API budget of the day of ${system} is spent.`, 'Calls go on after its midnight.')];
    }
    if (limit === null || left > limit * lowBudget) return [];
    return [
      warn(
        `${left} of ${limit} tokens of the day are left at ${system}.`,
        'See what else uses the account; a higher plan or a top-up gives more.',
      ),
    ];
  });
};

/** What waits, what failed, and what is in the way. */
export const backlogCheck: Check = {
  area: 'Backlog',
  needsDatabase: true,
  look: async (context) => {
    const { db } = context;
    const parts = await Promise.all([
      unfinishedSaid(context),
      parkedSaid(db),
      failedSaid(db),
      companiesSaid(context),
      pausedSaid(db),
      budgetSaid(db),
    ]);
    return parts.flat();
  },
};
