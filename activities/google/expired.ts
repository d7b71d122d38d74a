import { ApplicationFailure, Context } from '@temporalio/activity';
import type { FailureType } from '../downstream/call.ts';

/**
 * What a call to the calendar ends with when its visitor cannot be told yes any more. After a try that failed it is the calendar that
 * the visitor waited for in vain, and is told of (CAL-06).
 */
export const expired = (): ApplicationFailure => {
  const type: FailureType | 'Expired' = Context.current().info.attempt > 1 ? 'Transient' : 'Expired';
  return ApplicationFailure.nonRetryable('the visitor waits for the event no longer', type);
};
