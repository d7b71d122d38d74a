/**
 * TutorCruncher's REST API for clients, as a Django REST Framework service behaves.
 *
 * Authentication comes before the throttle, the throttle before the request. Every path ends in a slash: without one the URL
 * router knows nothing and answers with HTML.
 */
import type { Middleware, ParameterizedContext } from 'koa';
import type { PeerState } from '../common/body.ts';
import { checkChange } from './changes.ts';
import { readShape, type Tc2Client } from './events.ts';
import type { Tc2Sandbox } from './index.ts';

type Ctx = ParameterizedContext<PeerState>;

const pageSize = 100;
const notFoundPage =
  '<!doctype html><html lang="en"><head><title>Not Found</title></head><body><h1>Not Found</h1></body></html>';

const detail = (ctx: Ctx, status: number, message: string): void => {
  ctx.status = status;
  ctx.body = { detail: message };
};

const authenticate = (ctx: Ctx, { settings }: Tc2Sandbox): boolean => {
  const [scheme, key, ...rest] = ctx.get('authorization').split(' ').filter(Boolean);
  if (scheme === undefined || scheme.toLowerCase() !== 'token') {
    ctx.set('www-authenticate', 'Token');
    detail(ctx, 401, 'Authentication credentials were not provided.');
    return false;
  }
  if (key === settings.apiKey && rest.length === 0) return true;
  if (settings.badKeyStatus === 401) ctx.set('www-authenticate', 'Token');
  detail(ctx, settings.badKeyStatus, 'Invalid token.');
  return false;
};

/** Requests of the last period, oldest first; refused ones do not count. */
const createThrottle =
  (sandbox: Tc2Sandbox, times: number[]) =>
  (ctx: Ctx): boolean => {
    const limit = sandbox.settings.rateLimit;
    if (limit === null) return true;
    const now = sandbox.now();
    const periodMs = limit.seconds * 1_000;
    while (times[0] !== undefined && times[0] <= now - periodMs) times.shift();
    const [oldest] = times;
    if (times.length < limit.requests || oldest === undefined) {
      times.push(now);
      return true;
    }
    const seconds = Math.max(1, Math.ceil((oldest + periodMs - now) / 1_000));
    ctx.set('retry-after', String(seconds));
    detail(
      ctx,
      429,
      `Request was throttled. Expected available in ${seconds} second${seconds === 1 ? '' : 's'}.`,
    );
    return false;
  };

const createdOf = ({ meta_agency: agency }: Tc2Client): number => {
  if (agency === null) return 0;
  return typeof agency.created === 'number' ? agency.created * 1_000 : Date.parse(agency.created);
};

const filters: Record<string, (client: Tc2Client, value: string) => boolean> = {
  user__email: ({ user }, value) => user.email === value,
  user__first_name: ({ user }, value) => user.first_name === value,
  user__last_name: ({ user }, value) => user.last_name === value,
  user__created__gte: (client, value) => createdOf(client) >= Date.parse(value),
  user__created__lte: (client, value) => createdOf(client) <= Date.parse(value),
  status: ({ status }, value) => status === value,
  labels: ({ labels }, value) => labels.some(({ id }) => String(id) === value),
};

const listClients = (ctx: Ctx, { state }: Tc2Sandbox): void => {
  const query = new URLSearchParams(ctx.querystring);
  const wanted = [...query].flatMap(([name, value]) => {
    const filter = filters[name];
    return filter === undefined ? [] : [(client: Tc2Client) => filter(client, value)];
  });
  const rows = [...state.clients.values()]
    .filter((client) => wanted.every((filter) => filter(client)))
    .sort((a, b) => b.id - a.id);
  const page = Number(query.get('page') ?? '1');
  const pages = Math.max(1, Math.ceil(rows.length / pageSize));
  if (!Number.isInteger(page) || page < 1 || page > pages) {
    detail(ctx, 404, 'Invalid page.');
    return;
  }
  const pageUrl = (number: number): string | null => {
    if (number < 1 || number > pages) return null;
    query.set('page', String(number));
    return `${ctx.protocol}://${ctx.host}${ctx.path}?${query.toString()}`;
  };
  ctx.body = {
    count: rows.length,
    next: pageUrl(page + 1),
    previous: pageUrl(page - 1),
    results: rows.slice((page - 1) * pageSize, page * pageSize).map(({ id, user }) => ({
      id,
      first_name: user.first_name,
      last_name: user.last_name,
      email: user.email,
      url: `${ctx.protocol}://${ctx.host}/api/clients/${id}/`,
    })),
  };
};

const updateClient = (ctx: Ctx, sandbox: Tc2Sandbox, client: Tc2Client): void => {
  if (!ctx.is('json')) {
    detail(ctx, 415, `Unsupported media type "${ctx.get('content-type')}" in request.`);
    return;
  }
  if (ctx.state.bodyFault !== undefined) {
    detail(ctx, 400, `JSON parse error - ${ctx.state.bodyFault}`);
    return;
  }
  const { shape } = sandbox.settings;
  const { admins, extraAttrs } = sandbox.state;
  const checked = checkChange(ctx.state.body, { shape, definitions: extraAttrs, admins });
  if (!checked.ok) {
    ctx.status = 400;
    ctx.body = checked.errors;
    return;
  }
  ctx.body = readShape(sandbox.applyApiChange(client.id, checked.change), shape);
};

const clientRoutes = (ctx: Ctx, sandbox: Tc2Sandbox, id: number): void => {
  const client = sandbox.state.clients.get(id);
  if (client === undefined) {
    detail(ctx, 404, 'Not found.');
    return;
  }
  switch (ctx.method) {
    case 'GET':
      ctx.body = readShape(client, sandbox.settings.shape);
      return;
    case 'POST':
      updateClient(ctx, sandbox, client);
      return;
    case 'DELETE': {
      const name = [client.user.first_name, client.user.last_name].filter(Boolean).join(' ');
      sandbox.deleteClient(id);
      ctx.body = { message: `Successfully deleted role ${id}: ${name}` };
      return;
    }
    default:
      detail(ctx, 405, `Method "${ctx.method}" not allowed.`);
  }
};

const invoiceRoute = (ctx: Ctx, sandbox: Tc2Sandbox, id: number): void => {
  const invoice = sandbox.state.invoices.get(id);
  if (invoice === undefined) detail(ctx, 404, 'Not found.');
  else if (ctx.method !== 'GET') detail(ctx, 405, `Method "${ctx.method}" not allowed.`);
  else ctx.body = structuredClone(invoice);
};

/** The API's handlers. Creating clients over REST is not part of it: nothing of ours does that. */
export const createApi = (sandbox: Tc2Sandbox): Middleware<PeerState> => {
  const mayPass = createThrottle(sandbox, sandbox.throttled);
  return (ctx) => {
    const [, collection, id] = /^\/api\/(clients|invoices)\/(?:(\d+)\/)?$/.exec(ctx.path) ?? [];
    if (collection === undefined) {
      ctx.status = 404;
      ctx.type = 'html';
      ctx.body = notFoundPage;
      return;
    }
    if (!authenticate(ctx, sandbox) || !mayPass(ctx)) return;
    if (id !== undefined) {
      if (collection === 'clients') clientRoutes(ctx, sandbox, Number(id));
      else invoiceRoute(ctx, sandbox, Number(id));
      return;
    }
    if (collection === 'clients' && ctx.method === 'GET') listClients(ctx, sandbox);
    else if (collection === 'clients' && ctx.method === 'POST') {
      detail(ctx, 501, 'The sandbox does not create clients over REST: use its control routes.');
    } else detail(ctx, 405, `Method "${ctx.method}" not allowed.`);
  };
};
