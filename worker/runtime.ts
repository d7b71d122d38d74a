/** Options of Temporal's native runtime, which a process installs once, before its first connection. */
import type { RuntimeOptions } from '@temporalio/worker';
import type { Environment } from '../environment/environment.ts';
import type { Logger } from '../observability/logger.ts';
import { temporalLogger } from './bundle.ts';

/**
 * @param environment WORKER_METRICS_PORT opens a port of its own with the SDK's metrics for Prometheus: slots, pollers, latencies, the
 * sticky cache. It asks for no key, like GET /metrics of the API; keep both inside.
 */
export const runtimeOptions = (
  environment: Pick<Environment, 'HOST' | 'WORKER_METRICS_PORT'>,
  logger: Logger,
): RuntimeOptions => ({
  logger: temporalLogger(logger.child({ part: 'temporal' }, { level: 'warn' })),
  // Our own handlers drain: the SDK's would stop at once.
  shutdownSignals: [],
  ...(environment.WORKER_METRICS_PORT === undefined
    ? {}
    : {
        telemetryOptions: {
          metrics: {
            prometheus: {
              bindAddress: `${environment.HOST}:${environment.WORKER_METRICS_PORT}`,
              useSecondsForDurations: true,
              unitSuffix: true,
              countersTotalSuffix: true,
            },
          },
        },
      }),
});
