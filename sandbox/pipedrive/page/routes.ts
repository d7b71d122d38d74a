/**
 * The page at `/`: what the account holds, for a person who watches Hermes work, and a form that renames an organization.
 */
import type { Middleware } from 'koa';
import { readBody, type PeerState } from '../../common/body.ts';
import type { RequestLog } from '../../common/requestLog.ts';
import type { Account } from '../account.ts';
import type { WebApp } from '../app.ts';
import { ApiError } from '../errors.ts';
import { renderPage } from './page.ts';

export interface PageContext {
  account: Account;
  app: WebApp;
  requests: RequestLog;
}

/** Where the web application shows a record; links of other systems lead there. */
const recordPath = /^\/(organization|person|deal)\/(\d+)\/?$/;
const renamePath = /^\/organizations\/(\d+)\/rename$/;

/** Answers GET /, the addresses of records and the form's POST; everything else goes on. */
export const pageRoutes = ({ account, app, requests }: PageContext): Middleware<PeerState> => {
  const body = readBody();
  return async (ctx, next) => {
    if (ctx.method === 'GET' && ctx.path === '/') {
      ctx.type = 'html';
      ctx.body = renderPage(account, requests);
      return;
    }
    const [, kind, recordId] = (ctx.method === 'GET' && recordPath.exec(ctx.path)) || [];
    if (kind !== undefined && recordId !== undefined) {
      ctx.redirect(`/#${kind}-${recordId}`);
      return;
    }
    const id = ctx.method === 'POST' ? renamePath.exec(ctx.path)?.[1] : undefined;
    if (id === undefined) {
      await next();
      return;
    }
    await body(ctx, async () => {
      const { name } = (ctx.state.body ?? {}) as { name?: string };
      try {
        app.update('organization', Number(id), { name: name ?? '' });
        ctx.redirect(`/#organization-${id}`);
        ctx.status = 303;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        ctx.status = error.status;
        ctx.body = error.message;
      }
    });
  };
};
