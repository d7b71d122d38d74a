/**
 * How calls that wait for their turn stand aside for the calls of a visitor's booking.
 *
 * With a backlog, every hand of the worker that could make a call holds one that waits, and every place in the window is taken as soon as
 * it is free. An urgent call goes first in both queues, but finds neither a hand nor a place for each of its calls in a row. So from the
 * visitor's click on, calls whose place has come let it pass for a moment, and places gather for the booking's sync; and when
 * one of its calls is about to be scheduled, a call that waits gives its hand back.
 */

/** From the click to the last call of the booking's sync, as a rule. No call stands aside for longer. */
const visitMs = 1000;

/** From the moment an urgent call is expected until it waits in the task queue: a hand that is free earlier takes something else. */
const expectedAfterMs = 25;

/** A call that did not begin by then was not there yet when the hand came free, or went to another worker. */
const againAfterMs = 40;
const tries = 2;

/** A call that gave its hand back comes again after this time. */
export const stoodAsideMs = 1000;

export interface StandAside {
  /** A visitor clicked. */
  visitorCame(): void;
  /** An urgent call will be scheduled within moments. */
  expectUrgent(): void;
  /** An urgent call has begun: it found a hand. */
  urgentBegan(): void;
  /**
   * The wait of a call that is not urgent, until its place has come and no visitor needs it.
   *
   * @param ms until its place comes
   * @param mayGiveBack whether it may give its hand back; one that did so before may not
   * @returns false when it is to give its hand back
   * @throws the signal's reason when it is aborted
   */
  wait(ms: number, signal: AbortSignal, mayGiveBack: boolean): Promise<boolean>;
  /** Calls that wait. */
  waiting(): number;
}

interface Waiting {
  dueAt: number;
  end: (goes: boolean) => void;
}

/** One for all calls of a process to one downstream. */
export const createStandAside = (): StandAside => {
  const calls = new Set<Waiting>();
  let visitEndsAt = Number.NEGATIVE_INFINITY;
  let expecting: NodeJS.Timeout | null = null;

  /** Ends the wait of the call that would go next. */
  const giveBackOne = (): void => {
    let next: Waiting | null = null;
    for (const call of calls) if (next === null || call.dueAt < next.dueAt) next = call;
    next?.end(false);
  };

  const stopExpecting = (): void => {
    if (expecting !== null) clearTimeout(expecting);
    expecting = null;
  };

  const expect = (afterMs: number, left: number): void => {
    stopExpecting();
    if (left === 0) return;
    expecting = setTimeout(() => {
      giveBackOne();
      expect(againAfterMs, left - 1);
    }, afterMs);
    expecting.unref();
  };

  const pause = (ms: number, signal: AbortSignal, mayGiveBack: boolean): Promise<boolean> =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const settle = (): void => {
        clearTimeout(timer);
        calls.delete(call);
        signal.removeEventListener('abort', abort);
      };
      const call: Waiting = {
        dueAt: performance.now() + ms,
        end: (goes) => {
          settle();
          resolve(goes);
        },
      };
      const abort = (): void => {
        settle();
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => call.end(true), ms);
      signal.addEventListener('abort', abort, { once: true });
      if (mayGiveBack) calls.add(call);
    });

  return {
    visitorCame: () => {
      visitEndsAt = performance.now() + visitMs;
    },
    expectUrgent: () => expect(expectedAfterMs, tries),
    urgentBegan: stopExpecting,
    wait: async (ms, signal, mayGiveBack) => {
      if (!(await pause(ms, signal, mayGiveBack))) return false;
      // All by the same time, so that they go as evenly as before: at once they would fill the window.
      return performance.now() >= visitEndsAt || pause(visitMs, signal, mayGiveBack);
    },
    waiting: () => calls.size,
  };
};
