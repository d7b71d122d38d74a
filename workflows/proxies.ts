/** The activities as workflows call them, with the retry policies of Hermes. */
import {
  ActivityCancellationType,
  proxyActivities,
  proxyLocalActivities,
  type ActivityInterfaceFor,
} from '@temporalio/workflow';
import type { DatabaseActivities, DownstreamActivities } from '../activities/index.ts';
import { taskQueues, type TaskQueue } from '../temporal/taskQueues.ts';

/**
 * Longer waits of a local activity are timers of its run. Shorter ones keep a place among the worker's workflow tasks, and there are few:
 * runs that fail again and again must not hold up their neighbours.
 */
export const localRetryThreshold = '1 s';

/**
 * Work on the database: well under a second, repeated until PostgreSQL is back. Its failures are values, so whatever is thrown may
 * pass by itself.
 */
export const database = proxyLocalActivities<DatabaseActivities>({
  startToCloseTimeout: '30 s',
  retry: { initialInterval: '200 ms', backoffCoefficient: 2, maximumInterval: '30 s' },
  localRetryThreshold,
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
