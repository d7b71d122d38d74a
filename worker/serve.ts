/** `npm run serve`: API and worker in one process, on an external PostgreSQL and Temporal; brings the database up to date first. */
import { Runtime } from '@temporalio/worker';
import { startApi } from '../api/start.ts';
import { migrate } from '../db/migrate.ts';
import { environmentOrExit } from '../environment/load.ts';
import { observeProcess } from '../observability/process.ts';
import { stopOnSignal } from '../observability/shutdown.ts';
import { lazyClient, temporalAddress } from '../temporal/connection.ts';
import { workflowBundle } from './bundle.ts';
import { startWorkerPatiently, type PatientWorker } from './patience.ts';
import { runtimeOptions } from './runtime.ts';

const environment = environmentOrExit();
const observed = await observeProcess(environment, 'serve');
const { logger } = observed;
Runtime.install(runtimeOptions(environment, logger));

try {
  const applied = await migrate(environment.DATABASE_URL);
  logger.info({ applied }, 'the database is up to date');
  const temporal = temporalAddress(process.env);
  const connection = lazyClient(temporal);
  let worker: PatientWorker | null = null;
  const api = await startApi(environment, connection.client, logger, () => worker?.client() ?? null);
  worker = startWorkerPatiently({
    environment,
    temporal,
    logger,
    bundle: await workflowBundle(
      logger,
      environment.WORKFLOW_BUNDLE,
      environment.TEMPORAL_PAYLOAD_KEYS !== undefined,
    ),
  });
  stopOnSignal(
    logger,
    async () => {
      await api.stop();
      await worker?.stop();
      await connection.close();
      await observed.stop();
    },
    (environment.WORKER_SHUTDOWN_GRACE_SECONDS + 30) * 1000,
  );
  await worker.failed;
} catch (error) {
  logger.fatal({ err: error }, 'Hermes could not start, or failed for good');
  await observed.stop();
  process.exit(1);
}
