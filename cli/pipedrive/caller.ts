/** Calls to Pipedrive from the command line: in turn with the workers' calls, and with failures in an operator's words. */
import { setTimeout as sleep } from 'node:timers/promises';
import { takeTurn, type CallLimits } from '../../activities/downstream/limiter.ts';
import type { CallFailure, CallResult } from '../../clients/failure.ts';
import { createPipedriveClient, type PipedriveClient } from '../../clients/pipedrive/client.ts';
import type { Database } from '../../db/connection.ts';
import type { Environment } from '../../environment/environment.ts';
import { CommandError } from '../command.ts';

/** Makes one call; waits where Pipedrive says to, and gives up after a few tries. */
export type Caller = <T>(call: () => Promise<CallResult<T>>) => Promise<T>;

const tries = 3;
const longestWaitMs = 15_000;
const turnMs = 60_000;

/** What a failed call means to whoever runs the command. */
export const failureSentence = (failure: CallFailure): string => {
  switch (failure.kind) {
    case 'unauthorised':
      return `Pipedrive refuses the key: see PD_API_KEY and PD_BASE_URL (${failure.summary}).`;
    case 'throttled':
      return failure.dailyExhausted === true
        ? `Pipedrive's API budget of the day is spent: try again tomorrow (${failure.summary}).`
        : `Pipedrive asks for fewer calls: try again in a minute (${failure.summary}).`;
    case 'refused':
      return failure.status === 403
        ? `Pipedrive forbids it: the key must be of a top-level administrator (${failure.summary}).`
        : `Pipedrive refuses it: ${failure.summary}.`;
    case 'gone':
    case 'transient':
    case 'unknownResult':
      return `Pipedrive does not answer as it should: see PD_BASE_URL (${failure.summary}).`;
    default:
      return failure.kind satisfies never;
  }
};

/** The client of the settings. @throws CommandError without a key */
export const pipedriveOf = (environment: Environment): PipedriveClient => {
  const { PD_API_KEY: apiToken, PD_BASE_URL: baseUrl } = environment;
  if (apiToken === undefined) throw new CommandError('PD_API_KEY is not set.');
  return createPipedriveClient({ baseUrl, apiToken });
};

/** The window that the workers' calls share. */
const limitsOf = (environment: Environment): CallLimits => ({
  windows: [{ bucket: 'pipedrive', max: environment.PD_API_MAX_RATE }],
  periodSeconds: environment.PD_API_RATE_PERIOD,
});

/** Makes calls in turn. @throws CommandError with a sentence when a call fails */
export const createCaller = (db: Database, environment: Environment): Caller => {
  const limits = limitsOf(environment);
  return async (call) => {
    for (let attempt = 1; ; attempt += 1) {
      await takeTurn(db, limits, AbortSignal.timeout(turnMs)).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw new CommandError(`Pipedrive cannot be asked now: ${reason}.`);
      });
      const result = await call();
      if (result.ok) return result.data;
      const { failure } = result;
      const passing = failure.kind === 'transient' || failure.kind === 'throttled';
      if (!passing || failure.dailyExhausted === true || attempt === tries) {
        throw new CommandError(failureSentence(failure));
      }
      await sleep(Math.min(failure.retryAfterMs ?? 500 * 2 ** attempt, longestWaitMs));
    }
  };
};
