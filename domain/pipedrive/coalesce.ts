/** Bursts of changes become few passes: the first goes at once, the next ones collect what arrives meanwhile. */

const firstWindowMs = 2000;
const nextWindowMs = 5000;

/**
 * Milliseconds to wait before the calls of a comparison.
 *
 * @param rounds comparisons of this pass that led to writes already
 * @param msSinceSync since the company was last in sync; null when it never was
 */
export const coalesceMs = (rounds: number, msSinceSync: number | null): number => {
  if (rounds === 0) {
    return msSinceSync !== null && msSinceSync < firstWindowMs ? firstWindowMs : 0;
  }
  return rounds === 1 ? firstWindowMs : nextWindowMs;
};
