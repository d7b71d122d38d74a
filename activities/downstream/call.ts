/** One call to a downstream from inside an activity: its turn, the call, the call log, and the failure in Temporal's words. */
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { CallFailure, CallMeta, CallResult } from '../../clients/failure.ts';
import type { Database } from '../../db/connection.ts';
import { keepHeldCall } from './heldCalls.ts';
import { storableJson } from '../../domain/values/text.ts';
import { importanceOf } from './importance.ts';
import { laterFailure, slowestQuickRetryMs } from './later.ts';
import {
  endPause,
  finishCall,
  pauseCalls,
  takeTurn,
  type CallLimits,
  type FinishedCall,
  type Pause,
} from './limiter.ts';

export type DownstreamName = 'pipedrive' | 'tc2' | 'google';

export interface CallSubject {
  system: DownstreamName;
  limits: CallLimits;
  companyId: number | null;
  entity: string;
  recordId: number | null;
  /** What was sent; kept only when it is refused. */
  body?: unknown;
}

export type FailureType = 'Transient' | 'Throttled' | 'Unauthorised' | 'Refused' | 'Gone' | 'UnknownResult';

const types: Record<CallFailure['kind'], FailureType> = {
  transient: 'Transient',
  throttled: 'Throttled',
  unauthorised: 'Unauthorised',
  refused: 'Refused',
  gone: 'Gone',
  unknownResult: 'UnknownResult',
};

/** What a failure says in a history: no bodies, no values. */
export interface FailureDetail {
  status: number | null;
  code: string | null;
  fields: string[];
  /** Row of the call log, which holds what was sent and answered. */
  apiCallId: number | null;
  /** When the run is to try again; absent where the activity does so itself. */
  waitMs?: number;
}

/** First waits after which a paused downstream is asked again when it names no time itself; they double while it goes on so. */
const unauthorisedPauseMs = 30_000;
const throttledPauseMs = 2_000;
const dailyPauseMs = 15 * 60_000;

/** A downstream that asks for a longer wait is asked again after this long all the same. */
const longestPauseMs = 60 * 60_000;

/** Waits between the quick repetitions of a call. */
const quickRetryMs = 1_000;

/**
 * A create whose answer did not come in time may still be under way over there: looking for its record at once would find nothing,
 * and the repetition would make a second one.
 */
const lateCommitMs = 30_000;

const pauseOf = (failure: CallFailure): Pick<Pause, 'askedMs' | 'baseMs' | 'reason'> | null => {
  if (failure.kind === 'unauthorised') {
    return { askedMs: 0, baseMs: unauthorisedPauseMs, reason: 'Unauthorised' };
  }
  if (failure.kind !== 'throttled') return null;
  const baseMs = failure.dailyExhausted === true ? dailyPauseMs : throttledPauseMs;
  return { askedMs: Math.min(failure.retryAfterMs ?? 0, longestPauseMs), baseMs, reason: 'Throttled' };
};

const ownRetryMs = (failure: CallFailure): number => {
  if (failure.kind === 'unknownResult' && failure.code === 'TIMEOUT') return lateCommitMs;
  const { attempt } = Context.current().info;
  return Math.min(quickRetryMs * 2 ** (attempt - 1), slowestQuickRetryMs);
};

const lineOf = (
  subject: CallSubject,
  { method, endpoint, status, durationMs, tokens, budget }: CallMeta,
  failure: CallFailure | null,
): FinishedCall => {
  const keepsBodies = failure?.kind === 'refused';
  const json = (value: unknown): string | null =>
    keepsBodies && value !== undefined ? storableJson(value) : null;
  return {
    system: subject.system,
    method,
    endpoint,
    status: status ?? null,
    failure: failure === null ? null : types[failure.kind],
    durationMs,
    companyId: subject.companyId,
    entity: subject.entity,
    recordId: subject.recordId,
    workflowId: Context.current().info.workflowExecution?.workflowId ?? null,
    requestBody: json(subject.body),
    responseBody: json(failure?.body),
    tokens: tokens ?? null,
    dailyLimit: budget?.dailyLimit ?? null,
    dailyRemaining: budget?.dailyRemaining ?? null,
  };
};

export type LoggedResult<T> = CallResult<T> & {
  apiCallId: number | null;
  /** When a failed call should be repeated. */
  retryDelayMs: number | null;
};

/**
 * Makes one call in its turn and logs it.
 *
 * @param call the request; it gets a signal that ends with the activity
 * @param first what must be done before the call; it is done while the turn is waited for
 * @returns the result as the client gives it; a throttled or unauthorised answer has paused the downstream by then
 * @throws what `first` throws, or the failure of `takeTurn`; the call was not made then, and `first` has ended
 */
export const callInTurn = async <T>(
  db: Database,
  subject: CallSubject,
  call: (signal: AbortSignal) => Promise<CallResult<T>>,
  first: () => Promise<void> = () => Promise.resolve(),
): Promise<LoggedResult<T>> => {
  const { cancellationSignal, info } = Context.current();
  const { limits, system } = subject;
  const importance = importanceOf(system, info.priority?.priorityKey);
  const [ready, turned] = await Promise.allSettled([
    first(),
    takeTurn(db, limits, cancellationSignal, importance, info.attempt),
  ]);
  if (ready.status === 'rejected') throw ready.reason;
  if (turned.status === 'rejected') throw turned.reason;
  const turn = turned.value;
  const { probe } = turn;
  const result = await call(cancellationSignal);
  const { held } = result.meta;
  if (held !== undefined) await keepHeldCall(db, subject, { ...result.meta, held });
  const failure = result.ok ? null : result.failure;
  const pause = failure === null ? null : pauseOf(failure);
  const bucket = limits.windows.at(-1)?.bucket ?? system;
  const followPause = async (): Promise<number | null> => {
    if (pause !== null) return pauseCalls(db, { ...pause, bucket, probe }, limits.waitScale);
    if (probe) await endPause(db, bucket);
    return failure === null ? null : ownRetryMs(failure) * (limits.waitScale ?? 1);
  };
  const apiCallId = await finishCall(db, limits, turn, lineOf(subject, result.meta, failure));
  if (importance.urgent) limits.standAside?.expectUrgent();
  return { ...result, apiCallId, retryDelayMs: await followPause() };
};

/** The failure as Temporal sees it: retried by the activity with growing waits, by the run at a later time, or not at all. */
export const failureOf = (
  failure: CallFailure,
  apiCallId: number | null,
  retryDelayMs: number | null = null,
): ApplicationFailure => {
  const detail: FailureDetail = {
    status: failure.status ?? null,
    code: failure.code ?? null,
    fields: [...(failure.fields ?? [])],
    apiCallId,
  };
  const named = { type: types[failure.kind], message: failure.summary };
  const final = failure.kind === 'refused' || failure.kind === 'gone';
  if (!final && retryDelayMs !== null) return laterFailure(named, detail, Math.ceil(retryDelayMs));
  return ApplicationFailure.create({ ...named, nonRetryable: final, details: [detail] });
};

/** The data of a result. @throws its failure */
export const dataOf = <T>(result: LoggedResult<T>): T => {
  if (result.ok) return result.data;
  throw failureOf(result.failure, result.apiCallId, result.retryDelayMs);
};
