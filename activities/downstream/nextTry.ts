/** When a run that waits for a downstream tries again: a local activity, so that the wait is in the history and not in the code. */
import type { Database } from '../../db/connection.ts';
import { pausedForMs } from './limiter.ts';

export interface NextTryRequest {
  /** Name of the downstream, as operators read it. */
  what: string;
  /** Tries that failed so far, each with its quick repetitions. */
  tries: number;
}

export interface NextTry {
  waitMs: number;
}

/** Waits between tries after the quick ones: the last one repeats. */
const waitsMs = [10_000, 20_000, 40_000, 80_000, 160_000, 300_000];

/** Runs that wait for the same pause do not all come back in the same instant. */
const spreadMs = 1000;

/** The time named by a pause of the whole downstream, else ever longer waits. */
export const nextTry =
  ({ db, waitScale = 1 }: { db: Database; waitScale?: number | undefined }) =>
  async ({ what, tries }: NextTryRequest): Promise<NextTry> => {
    const paused = await pausedForMs(db, what.toLowerCase());
    const own = waitsMs[Math.min(Math.max(tries - 1, 0), waitsMs.length - 1)] ?? 300_000;
    const spread = Math.random() * spreadMs * waitScale;
    return { waitMs: Math.ceil((paused ?? own * waitScale) + spread) };
  };
