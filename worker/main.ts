/** `npm run worker`: one worker process; several may run side by side. */
import { Runtime } from '@temporalio/worker';
import { environmentOrExit } from '../environment/load.ts';
import { observeProcess } from '../observability/process.ts';
import { stopOnSignal } from '../observability/shutdown.ts';
import { temporalAddress } from '../temporal/connection.ts';
import { workflowBundle } from './bundle.ts';
import { serveHealth } from './health.ts';
import { lowerPriority } from './lowPriority.ts';
import { startWorkerPatiently } from './patience.ts';
import { runtimeOptions } from './runtime.ts';

lowerPriority();
const environment = environmentOrExit();
const observed = await observeProcess(environment, 'worker');
const { logger } = observed;
Runtime.install(runtimeOptions(environment, logger));

try {
  const worker = startWorkerPatiently({
    environment,
    temporal: temporalAddress(process.env),
    logger,
    bundle: await workflowBundle(
      logger,
      environment.WORKFLOW_BUNDLE,
      environment.TEMPORAL_PAYLOAD_KEYS !== undefined,
    ),
  });
  if (environment.WORKER_HEALTH_PORT !== undefined) {
    await serveHealth(worker, { host: environment.HOST, port: environment.WORKER_HEALTH_PORT });
  }
  const stop = async (): Promise<void> => {
    await worker.stop();
    await observed.stop();
  };
  stopOnSignal(logger, stop, (environment.WORKER_SHUTDOWN_GRACE_SECONDS + 20) * 1000);
  await worker.failed;
} catch (error) {
  logger.fatal({ err: error }, 'the worker could not start, or failed for good');
  await observed.stop();
  process.exit(1);
}
