/** Composes and starts the worker; used by `npm run worker`, by `npm run serve` and by tests. */
import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type InjectedSinks, type WorkflowBundleOption } from '@temporalio/worker';
import {
  createDatabaseActivities,
  createPipedriveActivities,
  createTc2Activities,
} from '../activities/index.ts';
import { createStandAside } from '../activities/downstream/standAside.ts';
import { createGoogleActivities } from '../activities/google/index.ts';
import { connectDatabase } from '../db/connection.ts';
import type { Environment } from '../environment/environment.ts';
import type { Logger } from '../observability/logger.ts';
import type { TemporalAddress } from '../temporal/connection.ts';
import { ensureSearchAttributes } from '../temporal/ensureSearchAttributes.ts';
import { sendHeartbeats } from '../temporal/heartbeats.ts';
import { taskQueues } from '../temporal/taskQueues.ts';
import { traceClient, traceWorker } from '../temporal/traceInterceptors.ts';
import type { QueueSinks } from '../workflows/queueWait.ts';
import { startBackground, type BackgroundOptions } from './background.ts';
import { activityDependencies } from './dependencies.ts';
import { deploymentOptions } from './deployment.ts';
import { ensureCalendarWatch } from './calendarWatch.ts';
import { ensureReconcileSchedule } from './reconcileSchedule.ts';
import { createRightOfWay } from './rightOfWay.ts';
import { grpcCompression, stepWorkerOptions, workflowWorkerOptions } from './tuning.ts';

/** Calls to TC2 at once: far below what it allows in a minute, and enough for its short answers. */
const tc2CallsAtOnce = 10;

/** Calls to Google at once: a booking makes a few, one after the other. */
const googleCallsAtOnce = 20;

export interface RunningWorker {
  connection: NativeConnection;
  client: Client;
  /** Whether all task queues are worked on. */
  isRunning(): boolean;
  /** Rejects when a worker fails for good. */
  failed: Promise<never>;
  /** Takes no new work, lets running activities finish, closes the connections. */
  stop(): Promise<void>;
}

export interface WorkerSettings {
  environment: Environment;
  temporal: TemporalAddress;
  logger: Logger;
  bundle: WorkflowBundleOption;
  background?: Pick<BackgroundOptions, 'relayEveryMs' | 'sweepEveryMs'>;
  /** Multiplies the waits of an outage, so that a test lives through one; 1 unless told. */
  waitScale?: number | undefined;
}

/**
 * Starts the workers of all task queues, the relay and the sweep.
 *
 * @throws when Temporal or PostgreSQL cannot be reached
 */
export const startWorker = async (settings: WorkerSettings): Promise<RunningWorker> => {
  const { environment, temporal, logger, bundle } = settings;
  const connection = await NativeConnection.connect({ ...temporal.connectionOptions, grpcCompression });
  await ensureSearchAttributes(connection, temporal.namespace, logger);
  const db = connectDatabase(environment.DATABASE_URL, environment.DATABASE_POOL_MAX, 'hermes-worker');
  const converter = temporal.dataConverter === undefined ? {} : { dataConverter: temporal.dataConverter };
  const client = new Client({
    connection,
    namespace: temporal.namespace,
    ...converter,
    interceptors: { workflow: [traceClient] },
  });
  const standAside = createStandAside();
  const dependencies = activityDependencies(environment, db, logger, settings.waitScale, standAside);
  if (environment.SHADOW) {
    // Both would look for what was only recorded, and take it for deleted.
    logger.warn('shadow mode: what would change something elsewhere is recorded instead of sent');
  } else {
    if (dependencies.google.google !== null) await ensureCalendarWatch(client, logger);
    await ensureReconcileSchedule(client, environment, logger);
  }
  const shared = {
    ...converter,
    connection,
    interceptors: { ...traceWorker, activity: [...(traceWorker.activity ?? []), sendHeartbeats] },
    namespace: temporal.namespace,
    shutdownGraceTime: environment.WORKER_SHUTDOWN_GRACE_SECONDS * 1000,
    ...deploymentOptions(environment),
  };
  const downstream = (taskQueue: string, activities: object, callsAtOnce: number): Promise<Worker> =>
    Worker.create({
      ...shared,
      taskQueue,
      activities,
      ...stepWorkerOptions(callsAtOnce),
    });

  const way = createRightOfWay(() => {
    const { numInFlightWorkflowActivations, numInFlightLocalActivities } = hermes.getStatus();
    return numInFlightWorkflowActivations + numInFlightLocalActivities;
  });
  const sinks: InjectedSinks<QueueSinks> = {
    taskQueue: { left: { fn: (_run, waitedMs) => way.syncBegan(waitedMs) } },
  };
  const [hermes, ...downstreams] = await Promise.all([
    Worker.create({
      ...shared,
      taskQueue: taskQueues.hermes,
      workflowBundle: bundle,
      sinks,
      activities: createDatabaseActivities(dependencies),
      ...workflowWorkerOptions({ databaseConnections: environment.DATABASE_POOL_MAX }),
    }),
    downstream(
      taskQueues.pipedrive,
      createPipedriveActivities(dependencies.pipedrive),
      environment.PD_API_MAX_RATE,
    ),
    downstream(taskQueues.tc2, createTc2Activities(dependencies.tc2), tc2CallsAtOnce),
    downstream(taskQueues.google, createGoogleActivities(dependencies.google), googleCallsAtOnce),
  ]);

  const workers = [hermes, ...downstreams];
  const runs = workers.map((worker) => worker.run());
  const failed = Promise.race(runs.map((run) => run.then(() => new Promise<never>(() => undefined))));
  failed.catch(() => undefined);
  const background = startBackground({
    databaseUrl: environment.DATABASE_LISTEN_URL ?? environment.DATABASE_URL,
    db,
    client,
    logger,
    relayConcurrency: Math.max(environment.WEBHOOK_STARTS_IN_FLIGHT, 1),
    way,
    onVisitor: () => standAside.visitorCame(),
    retentionDays: environment.RETENTION_DAYS,
    ...settings.background,
  });
  logger.info(
    { namespace: temporal.namespace, taskQueues: Object.values(taskQueues) },
    'the worker is running',
  );

  return {
    connection,
    client,
    isRunning: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    failed,
    stop: async () => {
      await background.stop();
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(runs);
      await connection.close();
      await db.destroy();
    },
  };
};
