/** Rate, errors and duration of the API's requests, per route. */
import { Histogram, type Registry } from 'prom-client';
import type { Middleware } from 'koa';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What a request that matched no route is counted under: paths are anybody's invention. */
const noRoute = 'none';

/** Measures each request until its answer is ready to be sent. Mount it outside everything else. */
export const measureRequests = (registry: Registry): Middleware => {
  const duration = new Histogram({
    name: 'hermes_http_request_duration_seconds',
    help: 'Seconds from the first byte of a request to its answer, by route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  return async (context, next) => {
    const stop = duration.startTimer();
    try {
      await next();
    } finally {
      const route = (context._matchedRoute as string | RegExp | undefined)?.toString() ?? noRoute;
      const method = methods.has(context.method) ? context.method : 'OTHER';
      stop({ method, route, status: String(context.status) });
    }
  };
};
