/** What Temporal says of the work, for the overview: workers, what waits, and how the last reconciliation ended. */
import type { Client } from '@temporalio/client';
import { readQueues, type QueueState } from '../../temporal/queues.ts';

export interface ReconcileRun {
  /** RUNNING, COMPLETED, FAILED, ... */
  status: string;
  startedAt: Date;
  closedAt: Date | null;
  workflowId: string;
  runId: string;
}

export interface TemporalState {
  queues: QueueState[];
  /** Null before the first one, and when Temporal has forgotten it. */
  lastReconcile: ReconcileRun | null;
}

const deadlineMs = 2000;

const lastReconcile = (client: Client): Promise<ReconcileRun | null> =>
  client.withDeadline(Date.now() + deadlineMs, async () => {
    for await (const run of client.workflow.list({ query: `WorkflowType = 'Reconcile'`, pageSize: 1 })) {
      return {
        status: run.status.name,
        startedAt: run.startTime,
        closedAt: run.closeTime ?? null,
        workflowId: run.workflowId,
        runId: run.runId,
      };
    }
    return null;
  });

/** @returns null when Temporal does not answer within two seconds */
export const readTemporalState = async (client: Client): Promise<TemporalState | null> => {
  // Both to their ends: a question that is still under way would find its connection closed.
  const [queues, run] = await Promise.allSettled([readQueues(client), lastReconcile(client)]);
  if (queues.status === 'rejected' || run.status === 'rejected') return null;
  return { queues: queues.value, lastReconcile: run.value };
};
