/** One log line per request: what was asked, what was answered, how long it took. No bodies, no addresses, no query values. */
import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import type { Logger } from '../../observability/logger.ts';
import type { RequestState } from '../context.ts';

const acceptableId = /^[\w.:-]{1,100}$/;

/** Gives every request an id (the sender's, when it brings a sane one) and logs it when it is answered. */
export const logRequests =
  (logger: Logger): Middleware<RequestState> =>
  async (context, next) => {
    const startedAt = performance.now();
    const given = context.get('x-request-id');
    const requestId = acceptableId.test(given) ? given : randomUUID();
    context.state.requestId = requestId;
    context.set('x-request-id', requestId);
    await next();
    const line = {
      requestId,
      method: context.method,
      route: (context._matchedRoute as string | RegExp | undefined)?.toString() ?? 'none',
      status: context.status,
      durationMs: Math.round((performance.now() - startedAt) * 10) / 10,
      webhookIds: context.state.webhookIds,
      note: context.state.note,
    };
    if (context.status >= 500) logger.error(line, 'request');
    else logger.info(line, 'request');
  };
