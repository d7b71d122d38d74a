/**
 * Pipedrive's statuses and codes in our words. The one place where they are told apart; by status and code, never by text
 * (SYN-35: a 500 whose text mentions 404 is a 500).
 */
import { fieldNames, peerCode, property } from '../peerCode.ts';
import type { Effect } from '../call.ts';
import type { CallBudget, CallFailure, Verdict } from '../failure.ts';
import type { AnswerHeaders } from '../http/answerHeaders.ts';
import type { HttpAnswer } from '../http/request.ts';
import { retryAfterMs, secondsMs } from '../http/retryAfter.ts';

/**
 * Field names of a validation error. Custom-field errors carry `field_code`; the others name the field only inside their
 * text, which is good enough to show to an operator and decides nothing.
 */
const refusedFields = (body: unknown): string[] => {
  const found: unknown[] = [];
  const collect = (value: unknown, depth: number): void => {
    if (depth > 4 || typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value.slice(0, 50)) collect(item, depth + 1);
      return;
    }
    found.push(property(value, 'field_code'));
    for (const inner of Object.values(value).slice(0, 50)) collect(inner, depth + 1);
  };
  collect(body, 0);

  const text = property(body, 'error');
  if (typeof text === 'string') {
    found.push(/^Validation failed: ([\w.[\]-]+)/.exec(text)?.[1]);
    found.push(/^Parameter '([^']+)'/.exec(text)?.[1]);
    found.push(/Unknown key '([^']+)'/.exec(text)?.[1]);
  }
  // The v1 webhook endpoints answer {"errors": {"subscription_url": ["…"]}}.
  const errors = property(body, 'errors');
  if (typeof errors === 'object' && errors !== null && !Array.isArray(errors))
    found.push(...Object.keys(errors));
  return fieldNames(found);
};

const countOf = (headers: AnswerHeaders, name: string): number | undefined => {
  const value = headers.get(name)?.trim();
  return value !== undefined && /^\d{1,12}$/.test(value) ? Number(value) : undefined;
};

/** The budget headers. All optional: the daily ones are undocumented and may be missing after idle times. */
export const pipedriveBudget = (headers: AnswerHeaders): CallBudget | undefined => {
  const limit = countOf(headers, 'x-ratelimit-limit');
  const remaining = countOf(headers, 'x-ratelimit-remaining');
  const resetMs = secondsMs(headers.get('x-ratelimit-reset'));
  const dailyLimit = countOf(headers, 'x-daily-ratelimit-token-limit');
  const dailyRemaining = countOf(headers, 'x-daily-ratelimit-token-remaining');
  const budget: CallBudget = {
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetMs === undefined ? {} : { resetMs }),
    ...(dailyLimit === undefined ? {} : { dailyLimit }),
    ...(dailyRemaining === undefined ? {} : { dailyRemaining }),
  };
  return Object.keys(budget).length === 0 ? undefined : budget;
};

const throttled = (headers: AnswerHeaders): Verdict => {
  const dailyExhausted =
    countOf(headers, 'x-daily-ratelimit-token-remaining') === 0 ||
    countOf(headers, 'x-daily-requests-left') === 0;
  // With the day's budget spent, the reset of the 2-second window says nothing about when calls will pass again.
  const wait =
    retryAfterMs(headers) ?? (dailyExhausted ? undefined : secondsMs(headers.get('x-ratelimit-reset')));
  return {
    kind: 'throttled',
    ...(wait === undefined ? {} : { retryAfterMs: wait }),
    ...(dailyExhausted ? { dailyExhausted: true } : {}),
  };
};

const kindOf = (status: number, code: string | undefined, effect: Effect): CallFailure['kind'] => {
  if (status === 410) return effect === 'once' ? 'refused' : 'gone';
  // A 404 without the code is a wrong address, a closed feature or a gateway: an error, not a missing record (SYN-69).
  if (status === 404) return code === 'ERR_NOT_FOUND' && effect !== 'once' ? 'gone' : 'refused';
  // 402: the account is not open. As with a wrong token, every call fails until somebody acts.
  if (status === 401 || status === 402) return 'unauthorised';
  if (status >= 500 || status === 408) return 'transient';
  return 'refused';
};

/** Maps an answer outside 2xx. A create has no record that could be gone, so there a 404 or 410 is a refusal. */
export const judgePipedrive = (answer: HttpAnswer, call: { effect: Effect }): Verdict => {
  const { status, body, headers } = answer;
  const code = peerCode(property(body, 'code'));
  const named = code === undefined ? {} : { code };
  if (status === 429) return { ...throttled(headers), ...named };
  // The API says 403 in JSON (no permission, plan limit). Anything else is the gateway's block of a caller that went on
  // after a 429.
  if (status === 403 && (typeof body !== 'object' || body === null)) return throttled(headers);
  const kind = kindOf(status, code, call.effect);
  const fields = kind === 'refused' ? refusedFields(body) : [];
  return { kind, ...named, ...(fields.length === 0 ? {} : { fields }) };
};
