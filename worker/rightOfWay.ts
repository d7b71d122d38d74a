/**
 * Who goes first when there is more to do than hands. A visitor waits for an answer, a webhook was answered long ago: from a visitor's
 * click until the call can stand in Pipedrive the relay starts hardly anything. At other times it starts what this worker has room for,
 * so that a visitor finds it free within moments: what waits, waits in the inbox.
 *
 * Events do not go before the syncs that earlier ones asked for: while syncs stand in the task queue, the relay waits for them. Otherwise
 * a backlog is read in first and sent afterwards, and in the meantime Pipedrive's windows pass half used.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** From the click: many times what answer and sync take on an idle machine, enough for a busy one. */
const visitMs = 5000;

/** Starts are this far apart meanwhile: visitors who come without end slow the webhooks down, but do not stop them. */
const trickleMs = 250;

/** Runs at work above which no other is started. More do not end sooner, they only stand in the way. */
const room = 7;

/** A worker that stays full for this long is stuck, and holding back frees nothing. */
const patienceMs = 1000;

/** A sync that stood in the task queue for longer had too much before it. */
const promptMs = 300;

/** What a sync told holds for so long. */
const newsMs = 500;

const lookEveryMs = 5;

export interface RightOfWay {
  /** Somebody waits for an answer. */
  visitorCame(): void;
  /** A sync's first task came to this worker. @param waitedMs how long it stood in the task queue */
  syncBegan(waitedMs: number): void;
  /** Resolves when one more run may be started. */
  turn: () => Promise<void>;
  /** Lets everything pass from now on: what was claimed is started before the process ends. */
  open(): void;
}

/**
 * @param busy how many runs this worker works on
 * @param now milliseconds, monotonic
 */
export const createRightOfWay = (
  busy: () => number,
  now: () => number = () => performance.now(),
): RightOfWay => {
  let cameAt = Number.NEGATIVE_INFINITY;
  let startedAt = Number.NEGATIVE_INFINITY;
  let lateSyncAt = Number.NEGATIVE_INFINITY;
  let isOpen = false;

  const mayStart = (askedAt: number): boolean => {
    if (isOpen) return true;
    const at = now();
    const isVisit = at - cameAt < visitMs;
    if (isVisit && at - startedAt < trickleMs) return false;
    const hasRoom = busy() < (isVisit ? 1 : room);
    const syncsWait = at - lateSyncAt < newsMs;
    return (hasRoom && !syncsWait) || at - askedAt >= patienceMs;
  };

  return {
    visitorCame: () => {
      cameAt = now();
    },
    syncBegan: (waitedMs) => {
      lateSyncAt = waitedMs > promptMs ? now() : Number.NEGATIVE_INFINITY;
    },
    turn: async () => {
      const askedAt = now();
      while (!mayStart(askedAt)) await pause(lookEveryMs);
      startedAt = now();
    },
    open: () => {
      isOpen = true;
    },
  };
};
