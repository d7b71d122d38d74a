/** Takes a call's result apart, so that a test fails with the summary instead of a type error. */
import assert from 'node:assert/strict';
import type { CallFailure, CallResult } from '../../clients/failure.ts';

export const dataOf = <T>(result: CallResult<T>): T => {
  if (!result.ok) assert.fail(`expected a success, not ${result.failure.summary}`);
  return result.data;
};

export const failureOf = (result: CallResult<unknown>): CallFailure => {
  if (result.ok) assert.fail('expected a failure');
  return result.failure;
};
