/** What waits in the task queues, and which workers ask for it, as the server says. */
import type { Client } from '@temporalio/client';
import { taskQueues, type TaskQueue } from './taskQueues.ts';

/** temporal.api.enums.v1.TaskQueueType. */
const queueTypes = { workflow: 1, activity: 2 } as const;
type TaskKind = keyof typeof queueTypes;

export interface QueueState {
  queue: TaskQueue;
  /** Tasks that wait for a worker; the server's estimate. */
  backlog: number;
  /** Age of the oldest of them in seconds; 0 without one. */
  oldestSeconds: number;
  workers: { identity: string; lastAsked: Date | null }[];
}

/** Runs are on Hermes's own queue, calls on those of the downstreams. */
const kindOf = (queue: TaskQueue): TaskKind => (queue === taskQueues.hermes ? 'workflow' : 'activity');

const seconds = (
  time: { seconds?: { toString(): string } | null; nanos?: number | null } | null | undefined,
): number => Number(time?.seconds?.toString() ?? 0) + (time?.nanos ?? 0) / 1e9;

const describe = async (client: Client, queue: TaskQueue): Promise<QueueState> => {
  const { pollers, stats } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType: queueTypes[kindOf(queue)],
    reportStats: true,
  });
  return {
    queue,
    backlog: Number(stats?.approximateBacklogCount?.toString() ?? 0),
    oldestSeconds: seconds(stats?.approximateBacklogAge),
    workers: (pollers ?? []).map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      lastAsked:
        lastAccessTime === null || lastAccessTime === undefined
          ? null
          : new Date(seconds(lastAccessTime) * 1000),
    })),
  };
};

/**
 * Settles when no question is under way any more: the connection may be closed then.
 *
 * @throws when Temporal does not answer in time (deadlines.ts)
 */
export const readQueues = async (client: Client): Promise<QueueState[]> => {
  const answers = await Promise.allSettled(Object.values(taskQueues).map((queue) => describe(client, queue)));
  return answers.map((answer) => {
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  });
};
