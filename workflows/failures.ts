/** What operators see of a run that does not get on. */
import {
  ActivityFailure,
  ApplicationFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { failureAttribute } from '../temporal/searchAttributes.ts';

/** The typed failure inside an activity's failure; null for anything else (a cancellation, a bug). */
export const typedFailure = (error: unknown): ApplicationFailure | null =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : null;

/** What operators search for now; null when the run gets on. */
export const shownFailure = (): string | null =>
  workflowInfo().typedSearchAttributes.get(failureAttribute) ?? null;

/** Sets or clears what operators search for; nothing is recorded when it is so already. */
export const showFailure = (type: string | null): void => {
  if (shownFailure() !== type) upsertSearchAttributes([{ key: failureAttribute, value: type }]);
};
