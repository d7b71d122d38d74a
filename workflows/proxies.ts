/** The activities as workflows call them, with the retry policies of Hermes. */
import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  type ActivityInterfaceFor,
  type RetryPolicy,
} from '@temporalio/workflow';
import type { DatabaseActivities, DownstreamActivities } from '../activities/index.ts';
import { taskQueues, type TaskQueue } from '../temporal/taskQueues.ts';
import { insist } from './insist.ts';

/**
 * Longer waits of a local activity are timers of its run. Shorter ones keep a place among the worker's workflow tasks, and there are few:
 * runs that fail again and again must not hold up their neighbours.
 */
export const localRetryThreshold = '1 s';

const local = (retry: RetryPolicy): DatabaseActivities =>
  proxyLocalActivities<DatabaseActivities>({ startToCloseTimeout: '30 s', retry, localRetryThreshold });

/** Six attempts within as many seconds. */
const quick = local({ initialInterval: '200 ms', backoffCoefficient: 2, maximumAttempts: 6 });

/** So seldom that the history of a run that is stuck for weeks stays within its bounds. */
const patient = local({ initialInterval: '6 s', backoffCoefficient: 1.5, maximumInterval: '5 minutes' });

type Activity = (...input: unknown[]) => Promise<unknown>;

const insisting = (name: keyof DatabaseActivities): Activity => {
  const [quickly, patiently] = [quick[name] as Activity, patient[name] as Activity];
  return (...input) =>
    insist(
      name,
      () => quickly(...input),
      () => patiently(...input),
    );
};

/**
 * Work on the database: well under a second, repeated until PostgreSQL is back. Its failures are values, so whatever is thrown may
 * pass by itself, or with the next release.
 */
export const database = new Proxy({} as DatabaseActivities, {
  get: (_, name) => insisting(name as keyof DatabaseActivities),
});

/**
 * One call to a downstream. A few quick repetitions in the activity; what lasts longer is waited for in the workflow, where an
 * operator sees it (`persist`). The time includes the wait for the call's turn.
 */
const downstream = (taskQueue: TaskQueue): ActivityInterfaceFor<DownstreamActivities> =>
  proxyActivities<DownstreamActivities>({
    taskQueue,
    startToCloseTimeout: '60 s',
    // Of a worker that died, or a task that got lost, it is known after this time (temporal/heartbeats.ts).
    heartbeatTimeout: '20 s',
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1 s', backoffCoefficient: 2, maximumInterval: '10 s', maximumAttempts: 4 },
  });

export const pipedrive = downstream(taskQueues.pipedrive);
export const tc2 = downstream(taskQueues.tc2);
