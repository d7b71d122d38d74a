/** One trace across Temporal: clients send what is active along, activities go on below it. See workflows/passTrace.ts. */
import { Context } from '@temporalio/activity';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter, type Headers } from '@temporalio/common';
import type { ActivityInterceptorsFactory, WorkerInterceptors } from '@temporalio/worker';
import { activeTraceParent, SpanKind, withSpan, withTraceParent } from '../observability/spans.ts';
import { traceHeader } from './traceHeader.ts';

const withTrace = (headers: Headers): Headers => {
  const traceparent = activeTraceParent();
  return traceparent === null
    ? headers
    : { ...headers, [traceHeader]: defaultPayloadConverter.toPayload({ traceparent }) };
};

const traceParentOf = (headers: Headers): string | null => {
  const payload = headers[traceHeader];
  if (payload === undefined) return null;
  const carried: unknown = defaultPayloadConverter.fromPayload(payload);
  const { traceparent } = (carried ?? {}) as { traceparent?: unknown };
  return typeof traceparent === 'string' ? traceparent : null;
};

const producer = (action: string, type: string, workflowId: string) => ({
  name: `${action}:${type}`,
  kind: SpanKind.PRODUCER,
  attributes: { 'temporal.workflow.type': type, 'temporal.workflow.id': workflowId },
});

/** For every client that starts or signals runs. */
export const traceClient: WorkflowClientInterceptor = {
  startWithDetails: (input, next) =>
    withSpan(producer('StartWorkflow', input.workflowType, input.options.workflowId), () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  signalWithStart: (input, next) =>
    withSpan(producer('SignalWithStartWorkflow', input.workflowType, input.options.workflowId), () =>
      next({ ...input, headers: withTrace(input.headers) }),
    ),
  startUpdateWithStart: (input, next) =>
    withSpan(
      producer('UpdateWithStartWorkflow', input.workflowType, input.workflowStartOptions.workflowId),
      () =>
        next({
          ...input,
          workflowStartHeaders: withTrace(input.workflowStartHeaders),
          updateHeaders: withTrace(input.updateHeaders),
        }),
    ),
};

const traceActivity: ActivityInterceptorsFactory = () => ({
  inbound: {
    execute: (input, next) => {
      const { activityType, attempt, workflowType, workflowExecution } = Context.current().info;
      const traceParent = traceParentOf(input.headers);
      // Work that belongs to no trace, such as the schedules', begins none.
      if (traceParent === null) return next(input);
      return withTraceParent(traceParent, () =>
        withSpan(
          {
            name: `RunActivity:${activityType}`,
            kind: SpanKind.CONSUMER,
            attributes: {
              'temporal.activity.type': activityType,
              'temporal.activity.attempt': attempt,
              'temporal.workflow.type': workflowType ?? '',
              'temporal.workflow.id': workflowExecution?.workflowId ?? '',
            },
          },
          () => next(input),
        ),
      );
    },
  },
});

/** For every worker. */
export const traceWorker: WorkerInterceptors = {
  activity: [traceActivity],
  client: { workflow: [traceClient] },
};
