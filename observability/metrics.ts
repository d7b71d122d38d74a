/** Everything that GET /metrics says: the process, its requests, and the work as the database and Temporal know it. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Middleware } from 'koa';
import type { Client } from '@temporalio/client';
import type { Database } from '../db/connection.ts';
import { createDatabaseMetrics } from './databaseMetrics.ts';
import type { Logger } from './logger.ts';
import { createQueueMetrics } from './queueMetrics.ts';
import { measureRequests } from './requestMetrics.ts';

export interface Metrics {
  /** Measures requests; to be mounted outside everything else. */
  measure: Middleware;
  contentType: string;
  /** The text that Prometheus reads. Never throws: what cannot be read is missing, and `hermes_database_up` is 0. */
  text(): Promise<string>;
}

/** Several scrapers, and impatient ones, cost the database one look in this time. */
const keptMs = 3000;

/** Scrapers give up after 10 s; the process's own metrics must reach them even when the database hangs. */
const deadlineMs = 6000;

const withDeadline = async (work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the database did not answer in time')), deadlineMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

export interface MetricsOptions {
  db: Database;
  temporal: Client;
  logger: Logger;
  /** Told of each question to Temporal, which may outlast the answer that it was for: the connection must stay open for it. */
  follow: (work: Promise<unknown>) => void;
}

/** Makes the metrics of an API process. */
export const createMetrics = ({ db, temporal, logger, follow }: MetricsOptions): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const database = createDatabaseMetrics(db, registry);
  const queues = createQueueMetrics(temporal, registry);
  const measure = measureRequests(registry);
  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | null = null;

  const followed = (work: Promise<void>): Promise<void> => {
    follow(work);
    return work;
  };

  const look = (): Promise<void> => {
    if (looking === null && performance.now() - lookedAt < keptMs) return Promise.resolve();
    const unreadable =
      (whose: string) =>
      (error: unknown): void =>
        logger.warn({ err: error }, `the metrics of ${whose} cannot be read`);
    looking ??= Promise.all([
      database.look().catch(unreadable('the database')),
      followed(queues.look()).catch(unreadable('Temporal')),
    ])
      .then(() => undefined)
      .finally(() => {
        lookedAt = performance.now();
        looking = null;
      });
    return looking;
  };

  return {
    measure,
    contentType: registry.contentType,
    text: async () => {
      await withDeadline(look()).catch((error: unknown) => {
        logger.warn({ err: error }, 'metrics without the database');
      });
      return registry.metrics();
    },
  };
};
