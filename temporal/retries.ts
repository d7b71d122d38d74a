/**
 * The client's repetitions of calls that found no server. The SDK's own end with an exception that nobody can catch when the connection is
 * closed while one is due; these stop, and say when the last one is over.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';

/** No longer than a process that stops may wait. */
const longestDelayMs = 1000;

/** A timer may fire a little late: what was due just now may not have begun yet. */
const marginMs = 50;

export const stoppableRetries = () => {
  const usual = defaultGrpcRetryOptions();
  let stopped = false;
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    interceptor: makeGrpcRetryInterceptor({
      retryableDecider: (attempt, status) => !stopped && usual.retryableDecider(attempt, status),
      delayFunction: (attempt, status) => {
        const delay = Math.min(longestDelayMs, usual.delayFunction(attempt, status));
        lastAt = Math.max(lastAt, performance.now() + delay);
        return delay;
      },
    }),
    /** Begins no repetition any more; resolves when none is due. The connection may be closed then. */
    stop: async (): Promise<void> => {
      stopped = true;
      const left = lastAt + marginMs - performance.now();
      if (left > 0) await sleep(left);
    },
  };
};
