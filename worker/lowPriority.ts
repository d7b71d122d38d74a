/** The worker among the other processes of its machine. */
import { constants, getPriority, setPriority } from 'node:os';

/**
 * Lets the API go first on a machine that both share: a webhook is acknowledged before it is worked off. Threads that start later inherit
 * it, so it comes first of all. Whoever started the worker with an even lower priority keeps it.
 */
export const lowerPriority = (): void => {
  const { PRIORITY_BELOW_NORMAL: below } = constants.priority;
  if (getPriority() < below) setPriority(below);
};
