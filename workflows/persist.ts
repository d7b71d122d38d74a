/** Goes on through a downstream's outage: visibly, ever more slowly, never giving up. */
import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { failureAttribute } from '../temporal/searchAttributes.ts';

/** Waits between tries after the quick ones: the last one repeats. */
const waitsSeconds = [10, 20, 40, 80, 160, 300];

/** Failures that repeating cannot mend. */
const finalTypes: readonly string[] = ['Refused', 'Gone'];

/** The typed failure inside an activity's failure; null for anything else (a cancellation, a bug). */
export const typedFailure = (error: unknown): ApplicationFailure | null =>
  error instanceof ActivityFailure && error.cause instanceof ApplicationFailure ? error.cause : null;

/** Sets or clears what operators search for; nothing is recorded when it is so already. */
export const showFailure = (type: string | null): void => {
  const shown = workflowInfo().typedSearchAttributes.get(failureAttribute) ?? null;
  if (shown !== type) upsertSearchAttributes([{ key: failureAttribute, value: type }]);
};

export interface Patience {
  /** What is being done, for operators, such as "Pipedrive". */
  what: string;
  /** Ends a wait early. */
  woken: () => boolean;
  /** Called before each wait and after the last one. */
  onWaiting?: (waiting: boolean) => void;
}

/**
 * Calls until it succeeds.
 *
 * @throws what repeating cannot mend: a refusal, a record that is gone
 */
export const persist = async <T>(patience: Patience, call: () => Promise<T>): Promise<T> => {
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await call();
      if (tries > 0) {
        showFailure(null);
        setCurrentDetails('');
        patience.onWaiting?.(false);
      }
      return answer;
    } catch (error) {
      const failure = typedFailure(error);
      if (failure === null || finalTypes.includes(failure.type ?? '')) {
        patience.onWaiting?.(false);
        throw error;
      }
      const seconds = waitsSeconds[Math.min(tries, waitsSeconds.length - 1)] ?? 300;
      showFailure(failure.type ?? 'Transient');
      setCurrentDetails(
        `**Waiting for ${patience.what}**: ${failure.message}\n\nTried ${tries + 1} times; next try in ${seconds} s. It goes on by itself.`,
      );
      patience.onWaiting?.(true);
      await condition(patience.woken, seconds * 1000);
    }
  }
};
