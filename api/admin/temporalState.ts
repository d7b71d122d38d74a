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

/** A person waits for the page. */
const patienceMs = 1000;

/** Pages that are loaded again share an answer, also the one that there is none. */
const keptMs = 5000;

const lastReconcile = async (client: Client): Promise<ReconcileRun | null> => {
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
};

const read = async (client: Client): Promise<TemporalState | null> => {
  // Both to their ends: a question that is still under way would find its connection closed.
  const [queues, run] = await Promise.allSettled([readQueues(client), lastReconcile(client)]);
  if (queues.status === 'rejected' || run.status === 'rejected') return null;
  return { queues: queues.value, lastReconcile: run.value };
};

export interface TemporalStateReader {
  /** Null when Temporal does not answer within a second. Never throws. */
  read(): Promise<TemporalState | null>;
}

/** @param follow told of the questions, which may outlast a page: the connection must stay open for them */
export const createTemporalStateReader = (
  client: Client,
  follow: (work: Promise<unknown>) => void,
): TemporalStateReader => {
  let kept: { until: number; answer: Promise<TemporalState | null> } | null = null;
  return {
    read: async () => {
      const now = performance.now();
      if (kept === null || now >= kept.until) {
        kept = { until: now + keptMs, answer: read(client) };
        follow(kept.answer);
      }
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<null>((resolve) => {
        timer = setTimeout(() => resolve(null), patienceMs);
      });
      const state = await Promise.race([kept.answer, late]);
      clearTimeout(timer);
      // Who comes while the question is still open does not wait once more.
      if (state === null) kept = { until: kept.until, answer: Promise.resolve(null) };
      return state;
    },
  };
};
