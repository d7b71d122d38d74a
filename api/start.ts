/** Composes and starts the API; used by `npm run api`, by `npm run serve` and by tests. */
import type { Client } from '@temporalio/client';
import { connectDatabase } from '../db/connection.ts';
import { createPool } from '../db/pool.ts';
import type { Environment } from '../environment/environment.ts';
import type { StartingClient } from '../inbox/start.ts';
import { createStarter } from '../inbox/starter.ts';
import type { Logger } from '../observability/logger.ts';
import { createApp } from './app.ts';
import { createNamespace } from './namespace.ts';
import { listen } from './server.ts';

export interface RunningApi {
  port: number;
  /** Answers what is under way, lets starts in flight finish, closes the connections. */
  stop(): Promise<void>;
}

/**
 * Starts the API.
 *
 * @param temporal connects when first used: the API takes webhooks while Temporal is away
 * @param ownWorker gives the client of a worker in this process, null while it does not run; webhooks' runs start eagerly on it
 */
export const startApi = async (
  environment: Environment,
  temporal: Client,
  logger: Logger,
  ownWorker?: () => Client | null,
): Promise<RunningApi> => {
  const db = connectDatabase(environment.DATABASE_URL, environment.DATABASE_POOL_MAX, 'hermes-api');
  const pool = createPool(environment.DATABASE_URL, environment.DATABASE_POOL_MAX, (error) =>
    logger.warn({ err: error }, 'an idle database connection was lost'),
  );
  const startingClient = (): StartingClient => {
    const own = ownWorker?.() ?? null;
    return own === null ? { client: temporal, eager: false } : { client: own, eager: true };
  };
  const starter = createStarter({
    temporal: startingClient,
    pool,
    logger,
    limit: environment.WEBHOOK_STARTS_IN_FLIGHT,
  });
  for (const name of ['TC2_API_KEY', 'PD_WEBHOOK_PASSWORD', 'SIGNING_KEY'] as const) {
    if (environment[name] === undefined) logger.warn(missingSettings[name]);
  }
  const namespace = createNamespace(temporal, logger, () => ownWorker?.() !== null);
  // While Temporal is away, the worker or the next question for readiness does it.
  namespace.prepare().catch(() => undefined);
  const app = createApp({ environment, logger, db, pool, temporal, namespace, starter });
  const server = await listen(app, { host: environment.HOST, port: environment.PORT });
  logger.info({ port: server.port }, 'the API is listening');
  return {
    port: server.port,
    stop: async () => {
      await server.close();
      await starter.drained();
      await Promise.all([pool.end(), db.destroy()]);
    },
  };
};

const missingSettings = {
  TC2_API_KEY: 'TC2_API_KEY is not set: every TutorCruncher webhook will be answered 403',
  PD_WEBHOOK_PASSWORD: 'PD_WEBHOOK_PASSWORD is not set: Pipedrive webhooks are accepted from anyone',
  SIGNING_KEY: 'SIGNING_KEY is not set: support links can be neither made nor checked',
} as const;
