/**
 * The peers' control desk under `/_sandbox/`: what tests do in the process, over HTTP for the demo and for scripts.
 *
 * | Route | Does |
 * |---|---|
 * | GET /_sandbox/requests?method&path | the request log |
 * | DELETE /_sandbox/requests | empties it |
 * | GET, POST, DELETE /_sandbox/faults | lists, adds one (answers `{id}`), removes all |
 * | DELETE /_sandbox/faults/{id} | removes one |
 * | POST /_sandbox/reset | empties log and faults and puts the peer's state back |
 *
 * Peers add their own routes. None of these is logged, nor subject to faults.
 */
import { Router } from '@koa/router';
import type { Middleware } from 'koa';
import { z } from 'zod';
import { readBody, type PeerState } from './body.ts';
import { faultSchema, type Faults } from './faults.ts';
import type { RequestLog } from './requestLog.ts';

export type ControlRouter = Router<PeerState>;

export interface ControlOptions {
  log: RequestLog;
  faults: Faults;
  /** Puts the peer's own state back; log and faults are emptied anyway. */
  reset?: () => void;
  /** Adds routes of the peer's own; the prefix `/_sandbox` is set, the body is parsed in `ctx.state.body`. */
  routes?: (router: ControlRouter) => void;
}

const prefix = '/_sandbox';

const answerFaults: Middleware<PeerState> = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    const refused = error instanceof z.ZodError || error instanceof SyntaxError;
    ctx.status = refused ? 422 : 500;
    const message = error instanceof Error ? error.message : String(error);
    ctx.body = { status: 'error', message, ...(error instanceof z.ZodError ? { detail: error.issues } : {}) };
  }
};

/** Middleware that answers everything under `/_sandbox/`; mount it first. */
export const control = ({ log, faults, reset, routes }: ControlOptions): Middleware<PeerState> => {
  const router: ControlRouter = new Router<PeerState>({ prefix });

  router.get('/requests', (ctx) => {
    const { method, path } = z
      .object({ method: z.string().optional(), path: z.string().optional() })
      .parse(ctx.query);
    ctx.body = { requests: log.matching({ method, path }) };
  });
  router.delete('/requests', (ctx) => {
    log.clear();
    ctx.status = 204;
  });
  router.get('/faults', (ctx) => {
    ctx.body = { faults: faults.list() };
  });
  router.post('/faults', (ctx) => {
    ctx.body = { id: faults.add(faultSchema.parse(ctx.state.body)) };
  });
  router.delete('/faults', (ctx) => {
    faults.clear();
    ctx.status = 204;
  });
  router.delete('/faults/:id', (ctx) => {
    ctx.status = faults.remove(ctx.params['id'] ?? '') ? 204 : 404;
  });
  router.post('/reset', (ctx) => {
    log.clear();
    faults.clear();
    reset?.();
    ctx.status = 204;
  });
  routes?.(router);

  const body = readBody();
  // The router adds its parameters to the context itself, which its types ask of the caller.
  const routed = router.routes() as unknown as Middleware<PeerState>;
  const unrouted = router.allowedMethods() as unknown as Middleware<PeerState>;
  return (ctx, next) => {
    if (!ctx.path.startsWith(`${prefix}/`)) return next();
    return answerFaults(ctx, () =>
      body(ctx, () => routed(ctx, () => unrouted(ctx, () => Promise.resolve()))),
    );
  };
};
