/** Starts the run of an inbox row. Starting twice is harmless: the workflow id is a function of the row. */
import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/common';
import { withTraceParent } from '../observability/spans.ts';
import { startAttributes } from '../temporal/searchAttributes.ts';
import { taskQueues } from '../temporal/taskQueues.ts';
import { priorities, type EventInput, type EventWorkflowType } from '../workflows/names.ts';

/** What of an inbox row a start needs. */
export interface StartableEvent {
  id: number;
  source: string;
  type: EventWorkflowType;
  workflowId: string;
  subject: string;
  summary: string;
  companyId: number | null;
  /** The trace in which it arrived, as a W3C traceparent. */
  traceParent: string | null;
}

export type StartOutcome = 'started' | 'alreadyStarted';

/** Options under which the run of an event starts, whoever starts it. */
export const startOptions = (event: StartableEvent): WorkflowStartOptions & { args: [EventInput] } => ({
  workflowId: event.workflowId,
  taskQueue: taskQueues.hermes,
  args: [{ webhookId: event.id }],
  workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
  staticSummary: event.summary,
  typedSearchAttributes: startAttributes(event),
  priority: { priorityKey: priorities.webhook },
});

/** A client for starts. */
export interface StartingClient {
  client: Client;
  /**
   * The connection is shared with a worker in this process: the server hands it the first task with the answer to the start, which
   * saves the way through the task queue.
   */
  eager: boolean;
}

/**
 * Starts the run of an event.
 *
 * @throws when Temporal cannot be reached; the row stays for the relay
 */
export const startEvent = async (
  { client, eager }: StartingClient,
  event: StartableEvent,
): Promise<StartOutcome> => {
  try {
    await withTraceParent(event.traceParent, () =>
      client.workflow.start(event.type, { ...startOptions(event), requestEagerStart: eager }),
    );
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'alreadyStarted';
    throw error;
  }
};
