/** Keeps calls to a downstream within its rolling windows, shared by all workers through PostgreSQL. */
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../db/connection.ts';

export interface CallWindow {
  bucket: string;
  /** Calls per period. */
  max: number;
}

export interface CallLimits {
  windows: readonly CallWindow[];
  periodSeconds: number;
}

/** A call waits this long in an activity; more is left to the task queue, where priorities order it. */
const maxWaitMs = 10_000;

/** Calls travel: a window measured at the other end may be this much shorter than ours. */
const travelMs = 40;

interface SlotRow {
  wait_ms: number;
  taken: boolean;
  reason: string | null;
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });

/**
 * Waits for the turn of one call.
 *
 * @throws ApplicationFailure Paused, to be retried when the window opens: the downstream is blocked or its window is far away
 */
export const takeTurn = async (db: Database, limits: CallLimits, signal: AbortSignal): Promise<void> => {
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
    if (slot.wait_ms > 0) await sleep(slot.wait_ms, signal);
    return;
  }
  throw ApplicationFailure.create({
    type: slot.reason ?? 'Paused',
    message: `calls to ${limits.windows[0]?.bucket ?? 'the downstream'} are paused for ${Math.ceil(slot.wait_ms / 1000)} s (${slot.reason ?? 'rate limit'})`,
    nextRetryDelay: Math.ceil(slot.wait_ms) + Math.floor(Math.random() * 500),
  });
};

/** Lets no call through until then: the downstream said when it will answer again, or that our key is wrong. */
export const pauseCalls = async (
  db: Database,
  bucket: string,
  milliseconds: number,
  reason: string,
): Promise<void> => {
  await db.raw(
    `insert into api_window (bucket, blocked_until, blocked_reason)
     values (?, clock_timestamp() + ? * interval '1 millisecond', ?)
     on conflict (bucket) do update set
       blocked_until = greatest(api_window.blocked_until, excluded.blocked_until), blocked_reason = excluded.blocked_reason`,
    [bucket, milliseconds, reason],
  );
};
