/**
 * The frame that every peer shares: control desk, request log, body, faults, and inside them the peer's own handlers.
 */
import Koa, { type Middleware } from 'koa';
import { readBody, type PeerState } from './body.ts';
import { control, type ControlOptions } from './control.ts';
import { applyFaults } from './faults.ts';
import { logRequests } from './requestLog.ts';

export interface PeerOptions extends ControlOptions {
  /** The peer's handlers, in order. */
  handlers: Middleware<PeerState>[];
  /** Keeps requests such as a page's out of the log. */
  unlogged?: Middleware<PeerState>;
}

/** Builds the Koa application of a peer. Errors thrown by handlers become Koa's plain 500. */
export const createPeerApp = ({ handlers, unlogged, ...desk }: PeerOptions): Koa<PeerState> => {
  const app = new Koa<PeerState>();
  app.use(control(desk));
  if (unlogged !== undefined) app.use(unlogged);
  app.use(logRequests(desk.log));
  app.use(readBody());
  app.use(applyFaults(desk.faults));
  for (const handler of handlers) app.use(handler);
  return app;
};
