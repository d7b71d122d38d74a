/**
 * What stands before every API route: the shape of errors, the token, the limits.
 *
 * Limits, from pipedrive.readme.io "Rate limiting": a burst of requests per token in a rolling 2 s, another one for searches, and a
 * daily budget of tokens per company in which every call has a flat price. Whoever goes on after a 429 is blocked by the
 * gateway with an HTML page and 403.
 */
import { randomUUID } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { PeerState } from '../common/body.ts';
import { ApiError, badRequest, forbidden, rateLimited, serverError, unauthorized } from './errors.ts';
import type { Actor } from './rows.ts';
import { tokenUsers } from './settings.ts';
import type { Store } from './store.ts';

export interface ApiState extends PeerState {
  actor: Actor;
  token: string;
}

const burstWindowMs = 2_000;
const abuseWindowMs = 10_000;
const dayMs = 24 * 60 * 60_000;

/** Renders refusals; everything else is Pipedrive's 500. */
export const answerErrors: Middleware = async (ctx, next) => {
  try {
    await next();
  } catch (error) {
    const refusal = error instanceof ApiError ? error : serverError(error);
    ctx.status = refusal.status;
    ctx.body = refusal.body;
  }
};

const readToken = (ctx: Context): string => {
  const bearer = /^Bearer (.+)$/i.exec(ctx.get('authorization'))?.[1];
  return ctx.get('x-api-token') || (bearer ?? '');
};

const blockPage = `<!DOCTYPE html>
<html lang="en-US"><head><title>Access denied | api.pipedrive.com used Cloudflare to restrict access</title></head>
<body><div id="cf-error-details"><h1>Error 1015</h1><h2>You are being rate limited</h2>
<p>The owner of this website has banned you temporarily from accessing this website.</p></div></body></html>`;

/** Counts requests, tokens and refusals per token. */
export class Limits {
  private readonly store: Store;
  private readonly bursts = new Map<string, number[]>();
  private readonly searches = new Map<string, number[]>();
  private readonly refusals = new Map<string, number[]>();
  private readonly blockedUntil = new Map<string, number>();
  /** Days since the epoch, UTC. */
  private day = 0;
  private tokens = 0;
  private writes = 0;

  constructor(store: Store) {
    this.store = store;
  }

  clear(): void {
    for (const map of [this.bursts, this.searches, this.refusals, this.blockedUntil]) map.clear();
    this.day = 0;
  }

  /** Tokens spent today, of the whole company. */
  get spent(): number {
    this.turnDay();
    return this.tokens;
  }

  isBlocked(token: string): boolean {
    return (this.blockedUntil.get(token) ?? 0) > this.store.clock.now();
  }

  /** Charges a call or throws 429. */
  charge(ctx: Context, token: string, cost: number, isSearch: boolean): void {
    this.turnDay();
    const { burstLimit, searchBurstLimit, dailyTokens } = this.store.settings;
    const recent = this.recent(this.bursts, token, burstWindowMs);
    const searches = this.recent(this.searches, token, burstWindowMs);
    const overBurst = recent.length >= burstLimit || (isSearch && searches.length >= searchBurstLimit);
    const overDay = this.tokens + cost > dailyTokens;
    if (!overBurst && !overDay) {
      const now = this.store.clock.now();
      recent.push(now);
      if (isSearch) searches.push(now);
      this.tokens += cost;
      if (ctx.method === 'POST' || ctx.method === 'PUT') this.writes += 1;
    }
    this.setHeaders(
      ctx,
      isSearch ? searchBurstLimit : burstLimit,
      isSearch ? searches.length : recent.length,
    );
    if (overBurst || overDay) this.refuse(ctx, token);
  }

  private refuse(ctx: Context, token: string): never {
    const refusals = this.recent(this.refusals, token, abuseWindowMs);
    const now = this.store.clock.now();
    refusals.push(now);
    if (refusals.length >= this.store.settings.abuseAfter) {
      this.blockedUntil.set(token, now + this.store.settings.abuseBlockMs);
      refusals.length = 0;
    }
    if (this.store.settings.sendRetryAfter) ctx.set('retry-after', String(burstWindowMs / 1_000));
    throw rateLimited();
  }

  /** The moments of the window, oldest first. */
  private recent(map: Map<string, number[]>, token: string, windowMs: number): number[] {
    const since = this.store.clock.now() - windowMs;
    const times = map.get(token) ?? [];
    const first = times.findIndex((time) => time > since);
    times.splice(0, first < 0 ? times.length : first);
    map.set(token, times);
    return times;
  }

  private setHeaders(ctx: Context, limit: number, used: number): void {
    if (!this.store.settings.sendRateHeaders) return;
    const { dailyTokens, dailyWrites } = this.store.settings;
    ctx.set({
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, limit - used)),
      'x-ratelimit-reset': String(burstWindowMs / 1_000),
      'x-daily-ratelimit-token-limit': String(dailyTokens),
      'x-daily-ratelimit-token-remaining': String(Math.max(0, dailyTokens - this.tokens)),
      ...(ctx.method === 'POST' || ctx.method === 'PUT'
        ? { 'x-daily-requests-left': String(Math.max(0, dailyWrites - this.writes)) }
        : {}),
    });
  }

  private turnDay(): void {
    const today = Math.floor(this.store.clock.now() / dayMs);
    if (today === this.day) return;
    this.day = today;
    this.tokens = 0;
    this.writes = 0;
  }
}

/** Finds the acting user by token, or 401; a blocked token gets Cloudflare's page. */
export const authenticate =
  (store: Store, limits: Limits): Middleware<ApiState> =>
  async (ctx, next) => {
    const token = readToken(ctx);
    const userId = tokenUsers(store.settings)[token];
    if (userId === undefined || store.activeUser(userId) === undefined) {
      ctx.set({ 'x-401-by-gw': 'true', 'x-correlation-id': randomUUID() });
      throw unauthorized();
    }
    if (limits.isBlocked(token)) {
      ctx.status = 403;
      ctx.type = 'html';
      ctx.body = blockPage;
      return;
    }
    ctx.state.token = token;
    ctx.state.actor = { userId, source: 'api' };
    store.purge();
    await next();
  };

/** JSON bodies only: anything else is refused before a route sees it. */
export const requireJson: Middleware<ApiState> = async (ctx, next) => {
  const { raw, bodyFault } = ctx.state;
  if (raw.length > 0 && (bodyFault !== undefined || !ctx.get('content-type').includes('json'))) {
    throw badRequest('Validation failed: body: The request body is not valid JSON');
  }
  await next();
};

/** The price of a route in tokens; searches also count against their own burst. */
export type Charge = (cost: number, kind?: 'search') => Middleware<ApiState>;

export const charging =
  (limits: Limits): Charge =>
  (cost, kind) =>
  async (ctx, next) => {
    ctx.state.tokens = cost;
    limits.charge(ctx, ctx.state.token, cost, kind === 'search');
    await next();
  };

/** Only administrators change pipelines, stages, fields and webhooks. */
export const requireAdmin =
  (store: Store): Middleware<ApiState> =>
  async (ctx, next) => {
    const user = store.users.get(ctx.state.actor.userId);
    if (user?.is_admin !== true) throw forbidden('You do not have permissions to do this.');
    await next();
  };
