/** How much a worker takes on at once, and how it talks to the server. The benchmarks' baselines use the same. */
import type { NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';

/** Payloads are ids: compressing them costs more than it saves. */
export const grpcCompression: NonNullable<NativeConnectionOptions['grpcCompression']> = { codec: 'none' };

/** Workflow runs are short and mostly wait for the database: more at once than connections would only queue. */
const workflowTasks = 40;

/** For the queue of the workflows and of the activities that touch only the database. */
export const workflowWorkerOptions = ({
  databaseConnections,
}: {
  databaseConnections: number;
}): Partial<WorkerOptions> => ({
  maxConcurrentWorkflowTaskExecutions: workflowTasks,
  maxConcurrentLocalActivityExecutions: databaseConnections,
});

/**
 * For the queue of a downstream: about one burst may wait for its turn in an activity; the rest waits in the task queue, where priorities
 * order it.
 *
 * @param maxRate calls per period
 */
export const stepWorkerOptions = (maxRate: number): Partial<WorkerOptions> => ({
  maxConcurrentActivityTaskExecutions: Math.min(Math.max(maxRate, 4), 120),
});
