import type { Starter } from '../../inbox/starter.ts';
import { visitorDeadlineMs } from '../../temporal/deadlines.ts';

/** Temporal's client tries again for a while after its deadline has passed. */
const graceMs = 500;

/**
 * Waits for work of Temporal's client, but not longer than a visitor does; the workers let it pass. What goes on behind the answer is
 * followed, so that the process does not close the connection under it.
 *
 * @throws when the time is over, and what the work throws
 */
export const withinTime = async <T>(starter: Starter, work: Promise<T>): Promise<T> => {
  starter.makeWay();
  starter.follow(work);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), visitorDeadlineMs + graceMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
