/**
 * What comes of a call to Pipedrive, TC2 or Google, in the same words for all three.
 *
 * Each peer maps its statuses and codes to these kinds in one file (`failures.ts` beside its client). The mapping never
 * looks at an error's text, because texts change and mention other statuses.
 */

import type { HeldCall } from './hold.ts';

/**
 * - `transient`: may pass by itself; again with growing waits.
 * - `throttled`: too many calls; again at `retryAfterMs`, or with growing waits where the peer names no time.
 * - `gone`: the record does not exist (any more) at the peer.
 * - `refused`: the peer understood and said no; the same call will be refused again.
 * - `unauthorised`: our credentials or our account do not open the door; again slowly, with an alert, because it concerns
 *   every call.
 * - `unknownResult`: a call that must not simply be repeated (a create) may or may not have taken effect: look first.
 */
export type FailureKind = 'transient' | 'throttled' | 'gone' | 'refused' | 'unauthorised' | 'unknownResult';

export type CallFailure = {
  kind: FailureKind;
  status?: number;
  /** The peer's code, the system's error code, or one of ours: TIMEOUT, REDIRECT, UNREADABLE_ANSWER, … */
  code?: string;
  /** Names of the fields that the failure is about, never their values. */
  fields?: readonly string[];
  retryAfterMs?: number;
  /** The company's budget of the day is spent: nothing will succeed until the peer's midnight. */
  dailyExhausted?: true;
  /** Whether the peer may have carried the call out all the same. */
  mayHaveHappened: boolean;
  /** The answer, for the call log only: it may hold personal data. */
  body?: unknown;
  /** Peer, method, endpoint, status, code, field names: fit for logs and histories. */
  summary: string;
};

/** The peer's budget as its headers tell it; every part is optional. */
export type CallBudget = {
  /** Tokens or requests per window. */
  limit?: number;
  remaining?: number;
  /** Until the window starts anew. */
  resetMs?: number;
  dailyLimit?: number;
  dailyRemaining?: number;
};

export type CallMeta = {
  method: string;
  /** The path's template, such as `/api/v2/organizations/:id`. */
  endpoint: string;
  status?: number;
  durationMs: number;
  /** What the call costs of the peer's budget, where calls have a price. */
  tokens?: number;
  budget?: CallBudget;
  /** In shadow mode: what was not sent. */
  held?: HeldCall;
};

export type CallSuccess<T> = { ok: true; data: T; meta: CallMeta };
export type CallRefusal = { ok: false; failure: CallFailure; meta: CallMeta };
export type CallResult<T> = CallSuccess<T> | CallRefusal;

/** What a peer's mapping says of an answer outside 2xx; the rest of the failure is the same for every peer. */
export type Verdict = Pick<CallFailure, 'kind' | 'code' | 'fields' | 'retryAfterMs' | 'dailyExhausted'>;

/** How a call can be stopped from outside. */
export type CallOptions = { signal?: AbortSignal | undefined };
