/**
 * The workflow task at which a run is stuck. When a workflow's code throws, the task fails, the server hands it out again, and the history
 * goes no further; a replay ends before it.
 */
import type { temporal } from '@temporalio/proto';
import type { History } from './file.ts';
import { errorInStack } from './stack.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** temporal.api.enums.v1.EventType. */
const workflowTaskCompleted = 7;

const sinceLastCompleted = ({ events }: History): readonly HistoryEvent[] => {
  const all = events ?? [];
  const completed = all.findLastIndex((event) => event.workflowTaskCompletedEventAttributes);
  return all.slice(completed + 1);
};

/** What the last task failed over, with the lines of the code; null when it did not fail. */
export const failedTask = (history: History): string | null => {
  const failed = sinceLastCompleted(history).findLast((event) => event.workflowTaskFailedEventAttributes);
  const failure = failed?.workflowTaskFailedEventAttributes?.failure;
  if (failure === undefined || failure === null) return null;
  return errorInStack(failure.stackTrace ?? '') ?? failure.message ?? 'an error without a message';
};

/**
 * The history as if its last task had been completed: a replay then runs that task too.
 *
 * @returns null when no task was begun since the last one that was completed
 */
export const withLastTask = (history: History): History | null => {
  const events = history.events ?? [];
  const begun = sinceLastCompleted(history).findLast((event) => event.workflowTaskStartedEventAttributes);
  const startedEventId = begun?.eventId;
  if (begun === undefined || startedEventId === undefined || startedEventId === null) return null;
  return {
    events: [
      ...events.slice(0, events.indexOf(begun) + 1),
      {
        eventId: startedEventId.add(1),
        eventTime: begun.eventTime ?? null,
        eventType: workflowTaskCompleted,
        workflowTaskCompletedEventAttributes: {
          scheduledEventId: begun.workflowTaskStartedEventAttributes?.scheduledEventId ?? null,
          startedEventId,
        },
      },
    ],
  };
};
