/** What a history says of its run, in a few lines. */
import type { History } from './file.ts';

/** The innermost message of a failure, with its type. */
const failureText = (failure: unknown): string => {
  if (typeof failure !== 'object' || failure === null) return 'a failure';
  if ('cause' in failure && failure.cause !== null && failure.cause !== undefined) {
    return failureText(failure.cause);
  }
  const message = 'message' in failure && typeof failure.message === 'string' ? failure.message : '';
  const info = 'applicationFailureInfo' in failure ? failure.applicationFailureInfo : null;
  const type =
    typeof info === 'object' && info !== null && 'type' in info && typeof info.type === 'string'
      ? `${info.type}: `
      : '';
  return `${type}${message}`;
};

const endOf = ({ events }: History): string => {
  const last = events?.at(-1);
  if (last === undefined) return 'has no events';
  if (last.workflowExecutionFailedEventAttributes) {
    return `failed: ${failureText(last.workflowExecutionFailedEventAttributes.failure)}`;
  }
  if (last.workflowExecutionCompletedEventAttributes) return 'completed';
  if (last.workflowExecutionContinuedAsNewEventAttributes) return 'continued as a new run';
  if (last.workflowExecutionTerminatedEventAttributes) return 'was terminated';
  if (last.workflowExecutionTimedOutEventAttributes) return 'timed out';
  if (last.workflowExecutionCanceledEventAttributes) return 'was cancelled';
  return 'is under way';
};

/** One line: type, length, end. */
export const describeHistory = (history: History): string => {
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  const type = started?.workflowType?.name ?? 'a workflow';
  return `${type}, ${history.events?.length ?? 0} events; the run ${endOf(history)}.`;
};
