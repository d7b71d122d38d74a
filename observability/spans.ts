/**
 * Spans, as the rest of Hermes makes them. Without tracing (observability/tracing.ts) they cost next to nothing and go nowhere.
 *
 * Spans hold ids, names of routes and types, states and durations: no paths with values, no bodies, no messages of errors.
 */
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Span,
} from '@opentelemetry/api';

export { SpanKind } from '@opentelemetry/api';

/** The type of a typed failure, else the error's class. */
const errorType = (error: unknown): string => {
  const { type, name } = (error ?? {}) as { type?: unknown; name?: unknown };
  if (typeof type === 'string' && type !== '') return type;
  return typeof name === 'string' ? name : 'unknown';
};

/** Marks a span as failed, by the kind of the failure only. */
export const failSpan = (span: Span, type: string): void => {
  span.setAttribute('error.type', type);
  span.setStatus({ code: SpanStatusCode.ERROR });
};

export interface SpanDescription {
  name: string;
  kind?: SpanKind;
  attributes?: Attributes;
}

/** Does the work inside a span, below the one that is active. */
export const withSpan = <T>(
  { name, kind = SpanKind.INTERNAL, attributes = {} }: SpanDescription,
  work: (span: Span) => Promise<T>,
): Promise<T> =>
  // The tracer is asked for each time: tracing may begin after this module was loaded.
  trace.getTracer('hermes').startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failSpan(span, errorType(error));
      throw error;
    } finally {
      span.end();
    }
  });

/** What is active as a W3C traceparent; null without tracing, or outside any span. */
export const activeTraceParent = (): string | null => {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent ?? null;
};

/** Does the work below a span of another process, or as it is when there is none. */
export const withTraceParent = <T>(traceParent: string | null, work: () => T): T =>
  traceParent === null
    ? work()
    : context.with(propagation.extract(ROOT_CONTEXT, { traceparent: traceParent }), work);
