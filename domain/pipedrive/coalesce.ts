/** Bursts of changes become few passes: the first goes at once, the next ones collect what arrives meanwhile. */

const firstWindowMs = 2000;
const nextWindowMs = 5000;

/**
 * Milliseconds to wait before the calls of a comparison.
 *
 * @param writes comparisons of the run that led to writes already; a run lasts as long as changes keep arriving
 * @param msSinceSync since the company was last in sync; null when it never was
 */
export const coalesceMs = (writes: number, msSinceSync: number | null): number => {
  if (writes === 0) {
    return msSinceSync !== null && msSinceSync < firstWindowMs ? firstWindowMs : 0;
  }
  return writes === 1 ? firstWindowMs : nextWindowMs;
};
