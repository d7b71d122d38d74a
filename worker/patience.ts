/** Starts the worker as soon as Temporal and PostgreSQL answer: the API beside it takes webhooks meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { startWorker, type RunningWorker, type WorkerSettings } from './start.ts';

const retrySeconds = 2;

export interface PatientWorker {
  /** Whether it works on all its task queues. */
  isRunning(): boolean;
  /** Rejects when the worker fails for good once it has run. */
  failed: Promise<never>;
  /** On the worker's connection; null before it runs and once it stops. */
  client(): Client | null;
  stop(): Promise<void>;
}

/** @returns at once */
export const startWorkerPatiently = (settings: WorkerSettings): PatientWorker => {
  const stopping = new AbortController();
  let running: RunningWorker | null = null;

  const attempt = async (): Promise<never> => {
    for (;;) {
      try {
        running = await startWorker(settings);
        break;
      } catch (error) {
        if (stopping.signal.aborted) return new Promise<never>(() => undefined);
        settings.logger.warn({ err: error }, 'the worker cannot start yet; trying again');
        await sleep(retrySeconds * 1000);
      }
    }
    if (stopping.signal.aborted) await running.stop();
    return running.failed;
  };
  const failed = attempt();
  failed.catch(() => undefined);
  return {
    isRunning: () => running?.isRunning() ?? false,
    failed,
    client: () => (stopping.signal.aborted ? null : (running?.client ?? null)),
    stop: async () => {
      stopping.abort();
      await running?.stop();
    },
  };
};
