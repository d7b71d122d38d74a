/** Metrics of Temporal's task queues, read from the server: what waits there is not in our database. */
import type { Client } from '@temporalio/client';
import { Gauge, type Registry } from 'prom-client';
import { readQueues } from '../temporal/queues.ts';

/** Asks the server and brings the metrics of its registry up to date. */
export interface QueueMetrics {
  look(): Promise<void>;
}

/** Registers the metrics. */
export const createQueueMetrics = (temporal: Client, registry: Registry): QueueMetrics => {
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const up = gauge('hermes_temporal_up', '1 when Temporal answered the last question about its queues');
  const queue = ['queue'];
  const backlog = gauge(
    'hermes_task_queue_backlog',
    'Tasks that wait for a worker, as Temporal estimates',
    queue,
  );
  const oldest = gauge(
    'hermes_task_queue_oldest_task_age_seconds',
    'Age of the oldest task that waits for a worker; 0 without one',
    queue,
  );
  const pollers = gauge(
    'hermes_task_queue_pollers',
    'Workers that asked for tasks in the last minutes; 0 when none runs',
    queue,
  );
  return {
    look: async () => {
      try {
        for (const state of await readQueues(temporal)) {
          const labels = { queue: state.queue };
          backlog.set(labels, state.backlog);
          oldest.set(labels, state.oldestSeconds);
          pollers.set(labels, state.workers.length);
        }
        up.set(1);
      } catch (error) {
        for (const one of [backlog, oldest, pollers]) one.reset();
        up.set(0);
        throw error;
      }
    },
  };
};
