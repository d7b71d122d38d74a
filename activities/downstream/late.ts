/** Changes that a process is about to send after it stood still: another one has taken over its work meanwhile. */
import { ApplicationFailure } from '@temporalio/activity';

/** Milliseconds of a clock that only goes forward. */
export type Clock = () => number;

/** Of a process that is not heard of for this long Temporal believes that it died (heartbeatTimeout in workflows/proxies.ts). */
const takenOverMs = 20_000;

/**
 * Begins to count the age of what is loaded for a change.
 *
 * @returns what throws once that is too old to be sent, to be called just before: what another process wrote since must stay. The
 * activity loads it anew then
 */
export const countAge = (now: Clock = () => performance.now()): (() => void) => {
  const begun = now();
  return () => {
    if (now() - begun <= takenOverMs) return;
    throw ApplicationFailure.retryable('what was to be sent may be out of date by now', 'Transient');
  };
};
