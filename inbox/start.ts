/** Starts the run of an inbox row. Starting twice is harmless: the workflow id is a function of the row. */
import {
  WorkflowExecutionAlreadyStartedError,
  type Client,
  type WorkflowStartOptions,
} from '@temporalio/client';
import { WorkflowIdReusePolicy } from '@temporalio/common';
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

/**
 * Starts the run of an event.
 *
 * @throws when Temporal cannot be reached; the row stays for the relay
 */
export const startEvent = async (client: Client, event: StartableEvent): Promise<StartOutcome> => {
  try {
    await client.workflow.start(event.type, startOptions(event));
    return 'started';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'alreadyStarted';
    throw error;
  }
};
