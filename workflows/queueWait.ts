/** How long a run stood in the task queue, told to the worker that took it. */
import { proxySinks, workflowInfo, type Sinks } from '@temporalio/workflow';

/** What the worker hears (worker/start.ts). A sink leaves no trace in the history. */
export interface QueueSinks extends Sinks {
  taskQueue: {
    /** @param ms between the start of the run and its first task, both by the server's clock */
    left: (ms: number) => void;
  };
}

const { taskQueue } = proxySinks<QueueSinks>();

/** Call it when the run begins. A run that goes on from another one stood in no queue. In a replay the SDK calls no sink. */
export const tellQueueWait = (): void => {
  const { startTime, runStartTime, continuedFromExecutionRunId } = workflowInfo();
  if (continuedFromExecutionRunId !== undefined) return;
  taskQueue.left(runStartTime.getTime() - startTime.getTime());
};
