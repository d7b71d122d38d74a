/** Keeps calls to a downstream within its rolling windows, shared by all workers through PostgreSQL, and pauses them when it asks for it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../db/connection.ts';

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
}

/** A call waits this long in an activity; more is left to the task queue, where priorities order it. */
const maxWaitMs = 10_000;

/** Calls travel: a window measured at the other end may be this much shorter than ours. */
const travelMs = 40;

interface SlotRow {
  wait_ms: number;
  taken: boolean;
  reason: string | null;
  probe: boolean;
  place: string | null;
}

/** A call's place in the windows. */
export interface Turn {
  /** Whether the call finds out if a pause is over; what comes of it must be told by `pauseCalls` or `endPause`. */
  probe: boolean;
  place: string | null;
}

/**
 * Waits for the turn of one call. Its answer ends the turn: `endTurn`.
 *
 * @throws ApplicationFailure to be retried when the window opens: the downstream is paused or its window is far away
 */
export const takeTurn = async (db: Database, limits: CallLimits, signal: AbortSignal): Promise<Turn> => {
  const { rows } = await db.raw<{ rows: [SlotRow] }>(
    `select * from take_call_slot(?::text[], ?::integer[], ? * interval '1 millisecond', ? * interval '1 millisecond')`,
    [
      limits.windows.map(({ bucket }) => bucket),
      limits.windows.map(({ max }) => max),
      limits.periodSeconds * 1000 + travelMs,
      maxWaitMs,
    ],
  );
  const [slot] = rows;
  if (slot.taken) {
    if (slot.wait_ms > 0) await sleep(slot.wait_ms, undefined, { signal });
    return { probe: slot.probe, place: slot.place ?? null };
  }
  throw ApplicationFailure.create({
    type: slot.reason ?? 'Paused',
    message: `calls to ${limits.windows.at(-1)?.bucket ?? 'the downstream'} are paused (${slot.reason ?? 'rate limit'})`,
    nextRetryDelay: Math.ceil(slot.wait_ms) + Math.floor(Math.random() * 500 * (limits.waitScale ?? 1)),
  });
};

/** The call was answered: its place in the windows is no earlier than that. */
export const endTurn = async (db: Database, limits: CallLimits, { place }: Turn): Promise<void> => {
  if (place === null) return;
  const buckets = limits.windows.map(({ bucket }) => bucket);
  await db.raw('select settle_call_slot(?::text[], ?)', [buckets, place]);
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
