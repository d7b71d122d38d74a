/** A span per request. A sender's own trace is not taken over: anyone could put requests into any trace. */
import type { Middleware } from 'koa';
import { failSpan, SpanKind, withSpan } from '../../observability/spans.ts';
import type { RequestState } from '../context.ts';

/** Asked every few seconds by machines. */
const untraced = new Set(['/healthz', '/readyz', '/metrics']);

/** Mount it outside the middleware that answers errors. */
export const traceRequests: Middleware<RequestState> = async (context, next) => {
  if (untraced.has(context.path)) return next();
  return withSpan(
    {
      name: context.method,
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': context.method,
        'hermes.request_id': context.state.requestId,
      },
    },
    async (span) => {
      await next();
      const route = (context._matchedRoute as string | RegExp | undefined)?.toString();
      if (route !== undefined) {
        span.updateName(`${context.method} ${route}`);
        span.setAttribute('http.route', route);
      }
      span.setAttribute('http.response.status_code', context.status);
      if (context.status >= 500) failSpan(span, String(context.status));
    },
  );
};
