/**
 * How long the client's calls to Temporal may take, repetitions included.
 *
 * The SDK's own `withDeadline` keeps the deadline in an AsyncLocalStorage. Before version 24 Node calls back for every promise of the
 * process from the first use of one on, which takes a tenth off the webhooks that a door answers. So the connection itself says what each
 * method may take.
 */
import type { makeGrpcRetryInterceptor } from '@temporalio/client';

type Interceptor = ReturnType<typeof makeGrpcRetryInterceptor>;

/** Milliseconds by the method's name; the others may take as long as they like. */
export type Deadlines = Readonly<Record<string, number>>;

/** Well within the time after which the relay takes over (`startGraceSeconds` in inbox/starter.ts). */
export const startDeadlineMs = 5000;

/** A visitor is answered within 15 s whatever is down; what is left of it goes to the database. */
export const visitorDeadlineMs = 12_500;

/** Somebody looks at a page or at metrics. */
export const lookDeadlineMs = 2000;

export const usualDeadlines: Deadlines = {
  StartWorkflowExecution: startDeadlineMs,
  ExecuteMultiOperation: visitorDeadlineMs,
  PollWorkflowExecutionUpdate: visitorDeadlineMs,
  DescribeTaskQueue: lookDeadlineMs,
  ListWorkflowExecutions: lookDeadlineMs,
};

/** An interceptor that stands before the repetitions; a deadline that a caller set itself holds. */
export const limitCalls =
  (deadlines: Deadlines): Interceptor =>
  (options, nextCall) => {
    const method = options.method_definition.path.split('/').at(-1) ?? '';
    const limitMs = deadlines[method];
    if (limitMs === undefined || options.deadline !== undefined) return nextCall(options) as never;
    return nextCall({ ...options, deadline: Date.now() + limitMs }) as never;
  };
