/** Work on Hermes's own database: repeated until it succeeds, and seen when it does not. */
import { isCancellation, setCurrentDetails, TemporalFailure } from '@temporalio/workflow';
import { showFailure, shownFailure } from './failures.ts';

/** What operators search for: a step on the database fails again and again, by PostgreSQL's fault or by a bug. */
const stuck = 'Stuck';

/**
 * Tries for some seconds; if that does not help, says so and goes on trying, ever more slowly.
 *
 * @param step its name, for operators
 * @param quickly ends with the failure of its last attempt
 * @param patiently ends only with an answer
 */
export const insist = async <T>(
  step: string,
  quickly: () => Promise<T>,
  patiently: () => Promise<T>,
): Promise<T> => {
  try {
    return await quickly();
  } catch (error) {
    // An attempt that was the last one may come as it is, and not as the cause of an ActivityFailure.
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    const before = shownFailure();
    showFailure(stuck);
    // The failure's text may name people; the worker's log has it.
    setCurrentDetails(
      `**${stuck}**: \`${step}\` fails again and again.\n\nIt goes on by itself when PostgreSQL is back, or a release mends it.`,
    );
    const answer = await patiently();
    showFailure(before);
    setCurrentDetails('');
    return answer;
  }
};
