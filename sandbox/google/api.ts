/**
 * The routes of the token endpoint and of the Calendar API v3, with their authentication.
 */
import { randomUUID } from 'node:crypto';
import type { Middleware, ParameterizedContext } from 'koa';
import type { PeerState } from '../common/body.ts';
import { CalendarError, invalid, notFound, required } from './errors.ts';
import type { EventCall } from './eventCall.ts';
import { deleteEvent, getEvent, insertEvent, patchEvent } from './events.ts';
import { listEvents } from './listEvents.ts';
import { answerFreeBusy } from './freeBusy.ts';
import type { GoogleSandbox } from './index.ts';
import type { Calendar } from './store.ts';
import { answerTokenRequest, type Token } from './token.ts';
import { isRecord } from './values.ts';

type Ctx = ParameterizedContext<PeerState>;

const prefix = '/calendar/v3';
const scopeRoot = 'https://www.googleapis.com/auth/';

const freeBusyScopes = ['calendar.freebusy', 'calendar.events.freebusy', 'calendar.readonly', 'calendar'];
const writeScopes = ['calendar.events', 'calendar', 'calendar.events.owned', 'calendar.app.created'];
const readScopes = [
  ...writeScopes,
  'calendar.readonly',
  'calendar.events.readonly',
  'calendar.events.owned.readonly',
];

const authenticate = (ctx: Ctx, { tokens, now }: GoogleSandbox): Token => {
  const place = { locationType: 'header', location: 'Authorization' } as const;
  const [scheme, value] = ctx.get('authorization').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || value === undefined) {
    throw new CalendarError(401, 'required', 'Login Required', place);
  }
  const token = tokens.get(value);
  if (token === undefined || token.expiresAt <= now()) {
    throw new CalendarError(401, 'authError', 'Invalid Credentials', place);
  }
  return token;
};

const needScope = ({ scopes }: Token, allowed: readonly string[]): void => {
  if (!allowed.some((scope) => scopes.includes(`${scopeRoot}${scope}`))) {
    throw new CalendarError(403, 'insufficientPermissions', 'Insufficient Permission');
  }
};

const needJson = (ctx: Ctx): void => {
  if (!ctx.is('json') || ctx.state.bodyFault !== undefined) {
    throw new CalendarError(400, 'parseError', 'Parse Error');
  }
};

const decodePart = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid();
  }
};

const findCalendar = ({ store }: GoogleSandbox, name: string, { subject }: Token): Calendar => {
  const calendar = store.find(name === 'primary' ? (subject ?? '') : name);
  if (calendar === undefined) throw notFound();
  return calendar;
};

const watch = (ctx: Ctx, calendar: Calendar): void => {
  const { body } = ctx.state;
  if (!isRecord(body) || typeof body['id'] !== 'string') throw required('Missing channel id.');
  if (body['type'] !== 'web_hook') throw invalid('Unknown channel type.', 'type');
  if (typeof body['address'] !== 'string') throw required('Missing address.');
  ctx.body = {
    kind: 'api#channel',
    id: body['id'],
    resourceId: randomUUID(),
    resourceUri: `${ctx.protocol}://${ctx.host}${prefix}/calendars/${calendar.email}/events`,
  };
};

const eventRoutes = (ctx: Ctx, sandbox: GoogleSandbox, token: Token, name: string, id?: string): void => {
  const route = `${ctx.method} ${id === undefined ? 'collection' : id === 'watch' ? 'watch' : 'event'}`;
  needScope(token, ctx.method === 'GET' ? readScopes : writeScopes);
  if (ctx.method === 'POST' || ctx.method === 'PATCH') needJson(ctx);
  const call = (): EventCall => ({
    store: sandbox.store,
    calendar: findCalendar(sandbox, name, token),
    caller: token.subject,
    query: new URLSearchParams(ctx.querystring),
    body: ctx.state.body,
    ifMatch: ctx.get('if-match'),
    now: new Date(sandbox.now()),
    conference: sandbox.settings.conference,
  });
  switch (route) {
    case 'POST collection':
      ctx.body = insertEvent(call());
      return;
    case 'GET collection':
      ctx.body = listEvents(call());
      return;
    case 'POST watch':
      watch(ctx, findCalendar(sandbox, name, token));
      return;
    case 'GET event':
      ctx.body = getEvent(call(), id ?? '');
      return;
    case 'PATCH event':
      ctx.body = patchEvent(call(), id ?? '');
      return;
    case 'DELETE event':
      deleteEvent(call(), id ?? '');
      ctx.status = 204;
      return;
    default:
      throw notFound();
  }
};

const calendarRoutes = (ctx: Ctx, sandbox: GoogleSandbox): void => {
  const token = authenticate(ctx, sandbox);
  const route = `${ctx.method} ${ctx.path.slice(prefix.length)}`;
  if (route === 'POST /freeBusy') {
    needScope(token, freeBusyScopes);
    needJson(ctx);
    const { store, settings } = sandbox;
    ctx.body = answerFreeBusy(store, ctx.state.body, token.subject, settings.maxRangeDays);
    return;
  }
  if (route === 'POST /channels/stop') {
    ctx.status = 204;
    return;
  }
  const [, name, events, id] =
    /^\/calendars\/([^/]+)(?:(\/events)(?:\/([^/]+))?)?$/.exec(ctx.path.slice(prefix.length)) ?? [];
  if (name === undefined) throw notFound();
  if (events !== undefined) {
    eventRoutes(ctx, sandbox, token, decodePart(name), id === undefined ? undefined : decodePart(id));
    return;
  }
  if (ctx.method !== 'GET') throw notFound();
  needScope(token, ['calendar', 'calendar.readonly']);
  const calendar = findCalendar(sandbox, decodePart(name), token);
  ctx.body = {
    kind: 'calendar#calendar',
    id: calendar.email,
    summary: calendar.email,
    timeZone: calendar.timeZone,
  };
};

const tokenRoute = (ctx: Ctx, sandbox: GoogleSandbox): void => {
  if (ctx.method !== 'POST' || !ctx.is('urlencoded')) {
    ctx.status = 400;
    ctx.body = { error: 'invalid_request', error_description: 'Bad Request' };
    return;
  }
  const { status, body } = answerTokenRequest(
    ctx.state.body,
    {
      account: sandbox.serviceAccount,
      publicKey: sandbox.publicKey,
      grantedScopes: sandbox.settings.grantedScopes,
      audiences: ['https://oauth2.googleapis.com/token', `${ctx.protocol}://${ctx.host}/token`],
      isActiveUser: (email) => sandbox.store.find(email) !== undefined,
      nowMs: sandbox.now(),
    },
    sandbox.tokens,
  );
  ctx.status = status;
  ctx.body = body;
  // The log keeps what was answered, and an access token is a secret.
  if (status === 200) ctx.state.response = { ...body, access_token: '****' };
};

export const createApi =
  (sandbox: GoogleSandbox): Middleware<PeerState> =>
  (ctx) => {
    try {
      if (ctx.path === '/token') tokenRoute(ctx, sandbox);
      else if (ctx.path.startsWith(`${prefix}/`)) calendarRoutes(ctx, sandbox);
      else ctx.status = 404;
    } catch (error) {
      if (!(error instanceof CalendarError)) throw error;
      ctx.status = error.code;
      ctx.body = error.body;
    }
  };
