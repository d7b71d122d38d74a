/** Who waits for the next try of a call: the activity for a short time, the run for a long one. */
import { ApplicationFailure } from '@temporalio/activity';

/** A longer wait is the run's, which shows it to operators (`persist`): inside an activity it would look like work. */
export const slowestQuickRetryMs = 10_000;

/** A failure after which the call is made again in `waitMs`. */
export const laterFailure = (
  failure: { type: string; message: string },
  detail: object,
  waitMs: number,
): ApplicationFailure =>
  ApplicationFailure.create(
    waitMs > slowestQuickRetryMs
      ? { ...failure, nonRetryable: true, details: [{ ...detail, waitMs }] }
      : { ...failure, details: [detail], nextRetryDelay: waitMs },
  );
