/**
 * The body of a request, read once as bytes and parsed when it says that it is JSON or a form.
 */
import getRawBody from 'raw-body';
import type { Middleware } from 'koa';

/** What the shared middlewares keep in `ctx.state`. */
export interface PeerState {
  raw: Buffer;
  /** Parsed JSON, form fields, or the text; undefined for an empty body. */
  body: unknown;
  /** Set when the body claims to be JSON and is not. */
  bodyFault?: string;
  tokens?: number;
  tag?: string;
  fault?: string;
  /** What the handler answered, where a fault replaced it on the wire. */
  status?: number;
  response?: unknown;
}

const parse = (raw: Buffer, type: string): { body: unknown; bodyFault?: string } => {
  if (raw.length === 0) return { body: undefined };
  const text = raw.toString('utf8');
  if (type.includes('application/x-www-form-urlencoded')) {
    return { body: Object.fromEntries(new URLSearchParams(text)) };
  }
  if (!type.includes('json')) return { body: text };
  try {
    return { body: JSON.parse(text) as unknown };
  } catch (error) {
    return { body: text, bodyFault: error instanceof Error ? error.message : 'not JSON' };
  }
};

/** Fills `ctx.state.raw`, `.body` and `.bodyFault`; answers 413 above the limit. */
export const readBody =
  (limit = '5mb'): Middleware<PeerState> =>
  async (ctx, next) => {
    const raw = await getRawBody(ctx.req, { limit });
    Object.assign(ctx.state, { raw }, parse(raw, ctx.get('content-type')));
    await next();
  };
