/**
 * Hands the trace that a run was started, signalled or updated with on to its activities: headers only, so runs that were started
 * without it replay as they did. A run that several traces ask for something follows the latest.
 */
import type { Headers, WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { traceHeader } from '../temporal/traceHeader.ts';

/** Found by the SDK under this name; one set per run. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let trace: Headers = {};
  const take = ({ headers }: { headers: Headers }): void => {
    const value = headers[traceHeader];
    if (value !== undefined) trace = { [traceHeader]: value };
  };
  const passed = <Input extends { headers: Headers }>(input: Input): Input => ({
    ...input,
    headers: { ...input.headers, ...trace },
  });
  // None of these is async: a turn of the event loop more could change the order of what a run does.
  return {
    inbound: [
      {
        execute: (input, next) => {
          take(input);
          return next(input);
        },
        handleSignal: (input, next) => {
          take(input);
          return next(input);
        },
        handleUpdate: (input, next) => {
          take(input);
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(passed(input)),
        scheduleLocalActivity: (input, next) => next(passed(input)),
        continueAsNew: (input, next) => next(passed(input)),
      },
    ],
  };
};
