/**
 * Google's errors in our words; by status and `errors[0].reason`, never by text.
 * https://developers.google.com/workspace/calendar/api/guides/errors
 */
import type { Effect } from '../call.ts';
import type { Verdict } from '../failure.ts';
import type { HttpAnswer, HttpMethod } from '../http/request.ts';
import { retryAfterMs } from '../http/retryAfter.ts';
import { fieldNames, peerCode, property } from '../peerCode.ts';

const rateReasons: ReadonlySet<string> = new Set([
  'userRateLimitExceeded',
  'rateLimitExceeded',
  'dailyLimitExceeded',
  'quotaExceeded',
]);

/** The anti-abuse limit of one user lasts for hours; asking again within seconds only prolongs it. */
const quotaWaitMs = 15 * 60 * 1000;

const firstError = (body: unknown): unknown => {
  const errors = property(property(body, 'error'), 'errors');
  return Array.isArray(errors) ? errors[0] : undefined;
};

const kindOf = (status: number, reason: string | undefined, method: HttpMethod): Verdict['kind'] => {
  if (status === 401) return 'unauthorised';
  if (status === 429 || (status === 403 && reason !== undefined && rateReasons.has(reason)))
    return 'throttled';
  // A POST names a calendar, not an event: there is no event that could be gone. A 404 without a reason is not the API's.
  if (status === 410 || (status === 404 && reason !== undefined))
    return method === 'POST' ? 'refused' : 'gone';
  if (status >= 500 || status === 408) return 'transient';
  return 'refused';
};

/** Maps a Calendar answer outside 2xx. */
export const judgeCalendar = (answer: HttpAnswer, call: { method: HttpMethod; effect: Effect }): Verdict => {
  const error = firstError(answer.body);
  const code = peerCode(property(error, 'reason'));
  const kind = kindOf(answer.status, code, call.method);
  const wait = retryAfterMs(answer.headers) ?? (code === 'quotaExceeded' ? quotaWaitMs : undefined);
  const fields = kind === 'refused' ? fieldNames([property(error, 'location')]) : [];
  return {
    kind,
    ...(code === undefined ? {} : { code }),
    ...(kind === 'throttled' && wait !== undefined ? { retryAfterMs: wait } : {}),
    ...(fields.length === 0 ? {} : { fields }),
  };
};

/**
 * Maps a token answer outside 2xx. `unauthorized_client`: delegation or scope missing. `invalid_grant`: the admin does not
 * exist or is suspended, the key was deleted, or the clock is wrong; only the text could tell which, so a person must look.
 */
export const judgeToken = (answer: HttpAnswer): Verdict => {
  const code = peerCode(property(answer.body, 'error'));
  const named = code === undefined ? {} : { code };
  if (answer.status === 429) {
    const wait = retryAfterMs(answer.headers);
    return { kind: 'throttled', ...named, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  }
  return { kind: answer.status >= 500 || answer.status === 408 ? 'transient' : 'unauthorised', ...named };
};
