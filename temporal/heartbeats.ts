/**
 * A call that takes long tells Temporal that it is still under way. So a call whose worker died, or whose task got lost on the way, is
 * made again soon, and not when its whole time is over.
 */
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** Short calls, which are nearly all, end before the first one. */
const heartbeatEveryMs = 4000;

/** For the workers of activities that have a heartbeat timeout; the others are left alone. */
export const sendHeartbeats: ActivityInterceptorsFactory = (context) => ({
  inbound: {
    execute: async (input, next) => {
      if (context.info.heartbeatTimeoutMs === undefined) return next(input);
      const timer = setInterval(() => context.heartbeat(), heartbeatEveryMs);
      try {
        return await next(input);
      } finally {
        clearInterval(timer);
      }
    },
  },
});
