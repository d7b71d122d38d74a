/** Keeps calls to a downstream within its rolling windows, shared by all workers through PostgreSQL, and pauses them when it asks for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { Database } from '../../db/connection.ts';
import { prepared } from '../../db/prepared.ts';
import type { Importance } from './importance.ts';
import { laterFailure } from './later.ts';
import { stoodAsideMs, type StandAside } from './standAside.ts';

export interface CallWindow {
  bucket: string;
  /** Calls per period. */
  max: number;
}

export interface CallLimits {
  /** All of them count; a pause holds for the last one, which every call to the downstream passes. */
  windows: readonly CallWindow[];
  periodSeconds: number;
  /** Multiplies the waits that Hermes chooses itself; 1 unless a test lives through an outage. */
  waitScale?: number;
  /** Lets the calls of a visitor's booking pass; absent where none waits for this downstream. */
  standAside?: StandAside;
}

/** A call waits this long in an activity; more is left to the task queue, where priorities order it. */
const maxWaitMs = 10_000;

/** Calls travel: a window measured at the other end may be this much shorter than ours. */
const travelMs = 40;

interface SlotRow {
  wait_ms: number;
  taken: boolean;
  reason: string | null;
  probe?: boolean;
  place: string | null;
}

/** A call's place in the windows. */
export interface Turn {
  /** Whether the call finds out if a pause is over; what comes of it must be told by `pauseCalls` or `endPause`. */
  probe: boolean;
  /** For `confirm_call_slot` and `finish_call`. */
  place: string;
}

const bucketsOf = ({ windows }: CallLimits): string[] => windows.map(({ bucket }) => bucket);

/** Parameters that both functions share: the windows, and a period that allows for the way there. */
const windowsOf = (limits: CallLimits): [string[], number[], number] => [
  bucketsOf(limits),
  limits.windows.map(({ max }) => max),
  limits.periodSeconds * 1000 + travelMs,
];

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const notNow = (limits: CallLimits, slot: SlotRow, { reserve }: Importance): ApplicationFailure => {
  const name = limits.windows.at(-1)?.bucket ?? 'the downstream';
  const waitMs = Math.ceil(slot.wait_ms);
  if (slot.reason === 'DailyBudget') {
    const until = new Date(Date.now() + waitMs).toISOString().slice(0, 16);
    return ApplicationFailure.create({
      type: 'DailyBudget',
      message: `the last ${percent(reserve)} of the daily budget of ${name} are kept for more urgent calls; looked at again at ${until} UTC`,
      // The run waits, where an operator sees it.
      nonRetryable: true,
      details: [{ waitMs }],
    });
  }
  return laterFailure(
    {
      type: slot.reason ?? 'Paused',
      message: `calls to ${name} are paused (${slot.reason ?? 'rate limit'})`,
    },
    {},
    waitMs + Math.floor(Math.random() * 500 * (limits.waitScale ?? 1)),
  );
};

/** Leaves the place of a call that stands aside to others: the next call that must wait gets one so much earlier. */
const giveBackPlace = async (db: Database, limits: CallLimits, place: string): Promise<void> => {
  const [first] = limits.windows;
  await prepared(
    db,
    'give_back_call_slot',
    `with held as (select bucket from api_window where bucket = any (?) order by bucket for update)
     update api_window as one set
       waiting = array_remove(one.waiting, ?::timestamptz),
       paced = case when one.bucket = ? then one.paced - ? * interval '1 millisecond' else one.paced end
     from held where held.bucket = one.bucket`,
    [bucketsOf(limits), place, first?.bucket ?? '', (limits.periodSeconds * 1000) / (first?.max ?? 1)],
  );
};

/** Nothing is wrong: no warning, no metric. */
const stoodAside = (): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'StoodAside',
    message: "a visitor's call goes first",
    nextRetryDelay: stoodAsideMs,
    category: ApplicationFailureCategory.BENIGN,
  });

/**
 * Waits for the turn of one call. Its answer ends the turn: `finishCall`.
 *
 * @param importance how much the call matters; without one it may use up a daily budget, but goes before nothing
 * @param attempt of the activity, from 1
 * @throws ApplicationFailure to be retried when the window opens: the downstream is paused, its window is far away, or a visitor's call
 * went first; DailyBudget, not to be retried by the activity
 */
export const takeTurn = async (
  db: Database,
  limits: CallLimits,
  signal: AbortSignal,
  importance: Importance = { system: null, reserve: 0, urgent: false },
  attempt = 1,
): Promise<Turn> => {
  const windows = windowsOf(limits);
  const { standAside } = limits;
  if (importance.urgent) standAside?.urgentBegan();
  let [slot] = (await prepared<SlotRow>(
    db,
    'take_call_slot',
    `select * from take_call_slot(
       ?::text[], ?::integer[], ? * interval '1 millisecond', ? * interval '1 millisecond', ?, ?, ?
     )`,
    [...windows, maxWaitMs, importance.urgent, importance.system, importance.reserve],
  )) as [SlotRow];
  const probe = slot.probe === true;
  for (;;) {
    if (!slot.taken || slot.place === null) throw notNow(limits, slot, importance);
    if (slot.wait_ms <= 0) return { probe, place: slot.place };
    if (importance.urgent || standAside === undefined) await sleep(slot.wait_ms, undefined, { signal });
    else if (!(await standAside.wait(slot.wait_ms, signal, attempt === 1))) {
      await giveBackPlace(db, limits, slot.place);
      throw stoodAside();
    }
    // The calls before this one may have gone later than they were granted.
    [slot] = (await prepared<SlotRow>(
      db,
      'confirm_call_slot',
      `select * from confirm_call_slot(?::text[], ?::integer[], ? * interval '1 millisecond', ?, ?)`,
      [...windows, importance.urgent, slot.place],
    )) as [SlotRow];
  }
};

/** A line of the call log, and what the answer said of the daily budget. */
export interface FinishedCall {
  system: string;
  method: string;
  endpoint: string;
  status: number | null;
  failure: string | null;
  durationMs: number;
  companyId: number | null;
  entity: string;
  recordId: number | null;
  workflowId: string | null;
  /** JSON texts; null where nothing is kept. */
  requestBody: string | null;
  responseBody: string | null;
  /** What the call cost of the daily budget. */
  tokens: number | null;
  dailyLimit: number | null;
  dailyRemaining: number | null;
}

/** The call was answered: its place in the windows is no earlier than that. @returns the row of the call log */
export const finishCall = async (
  db: Database,
  limits: CallLimits,
  { place }: Pick<Turn, 'place'>,
  call: FinishedCall,
): Promise<number | null> => {
  const [row] = await prepared<{ id: number }>(
    db,
    'finish_call',
    'select finish_call(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) as id',
    [
      bucketsOf(limits),
      place,
      call.system,
      call.method,
      call.endpoint,
      call.status,
      call.failure,
      Math.round(call.durationMs),
      call.companyId,
      call.entity,
      call.recordId,
      call.workflowId,
      call.requestBody,
      call.responseBody,
      call.tokens,
      call.dailyLimit,
      call.dailyRemaining,
    ],
  );
  return row?.id ?? null;
};

export interface Pause {
  bucket: string;
  /** What the downstream asked for; 0 when it named no time. */
  askedMs: number;
  /** The first wait of our own; it doubles with every refusal in a row. */
  baseMs: number;
  reason: string;
  /** Whether the refused call was the one that found out. */
  probe: boolean;
}

/** Pauses of our own grow up to this. */
const longestOwnPauseMs = 300_000;

/**
 * Lets no call through for a while: the downstream said when it will answer again, or that our key is wrong. Calls that were on their
 * way together count as one refusal.
 *
 * @returns milliseconds until the next call may be tried
 */
export const pauseCalls = async (db: Database, pause: Pause, waitScale = 1): Promise<number> => {
  const values = {
    bucket: pause.bucket,
    reason: pause.reason,
    probe: pause.probe,
    asked: pause.askedMs,
    base: pause.baseMs * waitScale,
    longest: Math.max(longestOwnPauseMs, pause.baseMs) * waitScale,
  };
  const { rows } = await db.raw<{ rows: [{ wait_ms: number }] }>(
    `with turn as (
       select coalesce(max(strikes), 0) + case
           when :probe or bool_and(blocked_until is null or blocked_until <= clock_timestamp()) is not false then 1
           else 0
         end as strikes
       from (select * from api_window where bucket = :bucket for update) as held
     ), pause as (
       select strikes, clock_timestamp() + greatest(
         :asked::float, least(:base::float * power(2, least(strikes, 20) - 1), :longest::float)
       ) * interval '1 millisecond' as until from turn
     )
     insert into api_window (bucket, strikes, blocked_until, blocked_reason)
     select :bucket, strikes, until, :reason from pause
     on conflict (bucket) do update set
       strikes = excluded.strikes,
       blocked_until = greatest(api_window.blocked_until, excluded.blocked_until),
       blocked_reason = excluded.blocked_reason,
       probing_since = null
     returning (extract(epoch from blocked_until - clock_timestamp()) * 1000)::float as wait_ms`,
    values,
  );
  return Math.max(0, Math.ceil(rows[0].wait_ms));
};

/** The call that found out was answered: the pause is over. */
export const endPause = async (db: Database, bucket: string): Promise<void> => {
  await db('api_window')
    .where({ bucket })
    .update({ strikes: 0, blocked_until: null, blocked_reason: null, probing_since: null });
};

/** Milliseconds until a paused downstream may be asked again; null when it is not paused. */
export const pausedForMs = async (db: Database, bucket: string): Promise<number | null> => {
  const { rows } = await db.raw<{ rows: { wait_ms: number }[] }>(
    `select (extract(epoch from blocked_until - clock_timestamp()) * 1000)::float as wait_ms
     from api_window where bucket = ? and blocked_until > clock_timestamp()`,
    [bucket],
  );
  return rows[0]?.wait_ms ?? null;
};
