/** Comparison of secrets, in a time that tells nothing about them. */
import { createHash, timingSafeEqual } from 'node:crypto';

/** Equal lengths for the comparison, whatever was sent. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Whether two texts are the same. The time it takes says neither where they differ nor how long the expected one is. */
export const isSameSecret = (given: string, expected: string): boolean =>
  timingSafeEqual(digest(given), digest(expected));

/**
 * Whether a text is one of the secrets that are live: two of them during a rotation. It is compared with each, whichever fits.
 *
 * @param secrets absent and empty ones fit nothing
 */
export const isLiveSecret = (given: string, secrets: readonly (string | undefined)[]): boolean => {
  let fits = false;
  for (const secret of secrets) {
    if (secret !== undefined && secret !== '') fits = isSameSecret(given, secret) || fits;
  }
  return fits;
};
