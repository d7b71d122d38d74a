/** The one place where errors become answers. */
import type { Context, Middleware } from 'koa';
import { isDatabaseAway } from '../../db/away.ts';
import type { Logger } from '../../observability/logger.ts';
import type { RequestState } from '../context.ts';
import { HttpError, unavailable } from '../errors.ts';

const messages: Record<number, string> = {
  400: 'The request could not be understood',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'The request took too long to arrive',
  413: 'The request body is too large',
  415: 'The request body must be JSON',
  500: 'Internal server error',
  501: 'Not implemented',
};

const databaseAway = unavailable('This cannot be done at the moment. Please try again in a few minutes.');

const answer = (context: Context, status: number, message: string, error?: HttpError): void => {
  context.status = status;
  for (const [name, value] of Object.entries(error?.headers ?? {})) context.set(name, value);
  context.body = {
    status: 'error',
    message,
    ...(error?.detail === undefined ? {} : { detail: error.detail }),
  };
};

/** Turns thrown errors and empty answers into the error answers that senders and the website read. */
export const answerErrors =
  (logger: Logger): Middleware<RequestState> =>
  async (context, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof HttpError) {
        answer(context, error.status, error.message, error);
        return;
      }
      const facts = { requestId: context.state.requestId, err: error };
      if (isDatabaseAway(error)) {
        logger.error(facts, 'the database is away');
        answer(context, databaseAway.status, databaseAway.message, databaseAway);
        return;
      }
      logger.error(facts, 'unexpected error while answering');
      answer(context, 500, messages[500] ?? 'Internal server error');
      return;
    }
    if (context.status < 400 || context.body !== undefined) return;
    answer(context, context.status, messages[context.status] ?? 'The request failed');
  };
