/** When a peer says to come back. */

import type { AnswerHeaders } from './answerHeaders.ts';

const longestMs = 24 * 60 * 60 * 1000;

/**
 * Reads Retry-After (RFC 9110, section 10.2.3): whole seconds or an HTTP date.
 *
 * A date is measured against the answer's own Date header where there is one, so that differing clocks do not matter.
 *
 * @returns milliseconds from now, at most a day; undefined when the header is absent or unreadable
 */
export const retryAfterMs = (headers: AnswerHeaders, now: Date = new Date()): number | undefined => {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  const seconds = secondsMs(value);
  if (seconds !== undefined) return seconds;
  // Date.parse alone takes almost anything for a date, "-1" for one.
  const at = /^[A-Z][a-z]+,? .+ GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const answeredAt = Date.parse(headers.get('date') ?? '');
  const waitMs = at - (Number.isNaN(answeredAt) ? now.getTime() : answeredAt);
  return Math.min(Math.max(waitMs, 0), longestMs);
};

/** A header's seconds, whole or with a fraction, in milliseconds; undefined when it is anything else. */
export const secondsMs = (value: string | null): number | undefined => {
  if (value === null || !/^\d{1,9}(\.\d{1,6})?$/.test(value.trim())) return undefined;
  return Math.min(Math.ceil(Number(value) * 1000), longestMs);
};
