/** What the pages of /admin share. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Context, Middleware } from 'koa';
import { isSameSecret } from '../../domain/values/sameSecret.ts';
import { storable } from '../../domain/values/text.ts';
import { HttpError } from '../errors.ts';
import { readRawBody } from '../middleware/rawBody.ts';
import type { ApiDependencies } from '../context.ts';
import { spanText } from './span.ts';
import { mayAct, type Operator, type OperatorRole } from './operators.ts';

const eta = new Eta({ views: fileURLToPath(new URL('templates', import.meta.url)), cache: true });

/** The session's own fields; a stranger's is empty, and an empty one is not stored. */
interface OperatorSession {
  operatorId?: number;
  csrf?: string;
  notice?: string;
}

/** The request's session. */
export const sessionOf = (context: Context): OperatorSession => context.session as OperatorSession;

const loginCookie = 'hermes_login';

/**
 * The token that every form carries. An operator's is kept in the session; a stranger has none, so that a scan of /admin leaves
 * nothing in the database, and the login form's token is compared with a cookie instead.
 */
const csrfOf = (context: Context): string => {
  const session = sessionOf(context);
  if (session.operatorId !== undefined) {
    session.csrf ??= randomBytes(24).toString('base64url');
    return session.csrf;
  }
  const known = context.cookies.get(loginCookie, { signed: true });
  if (known !== undefined) return known;
  const token = randomBytes(24).toString('base64url');
  context.cookies.set(loginCookie, token, {
    signed: true,
    httpOnly: true,
    sameSite: 'strict',
    secure: context.cookies.secure,
    path: '/admin',
    overwrite: true,
  });
  return token;
};

const expectedCsrf = (context: Context): string | undefined => {
  const session = sessionOf(context);
  return session.operatorId === undefined ? context.cookies.get(loginCookie, { signed: true }) : session.csrf;
};

/** Scripts, frames and files from elsewhere have no place on these pages. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

interface Shown {
  operator: Operator | null;
  csrf: string;
  notice: string | null;
}

const answerPage = (
  context: Context,
  template: string,
  shown: Shown,
  data: Record<string, unknown> & { title: string },
): void => {
  const { operator } = shown;
  context.type = 'html';
  context.set('cache-control', 'no-store');
  context.set('content-security-policy', contentSecurityPolicy);
  context.body = eta.render(`./${template}`, {
    ...shown,
    path: context.path,
    may: (role: OperatorRole) => operator !== null && mayAct(operator.role, role),
    moment: (value: Date | null) =>
      value === null ? '' : `${value.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    span: spanText,
    ago: (value: Date) => spanText((Date.now() - value.getTime()) / 1000),
    number: (value: number | null) => (value === null ? 'unknown' : value.toLocaleString('en-GB')),
    ...data,
  });
};

const operatorOrNull = (context: Context): Operator | null =>
  (context.state.operator as Operator | undefined) ?? null;

/** Renders a page into the layout. Values are escaped by the template engine. */
export const render = (
  context: Context,
  template: string,
  data: Record<string, unknown> & { title: string },
): void => {
  const session = sessionOf(context);
  const notice = session.notice ?? null;
  delete session.notice;
  answerPage(context, template, { operator: operatorOrNull(context), csrf: csrfOf(context), notice }, data);
};

/** A page with nothing but a message. It needs no session: it can be shown when the database is away. */
export const renderMessage = (
  context: Context,
  { title, message }: { title: string; message: string },
): void => {
  const operator = operatorOrNull(context);
  answerPage(
    context,
    'message',
    { operator, csrf: operator === null ? '' : csrfOf(context), notice: null },
    { title, message },
  );
};

/** Goes to another page after a change, which then says what was done. */
export const redirect = (context: Context, to: string, notice?: string): void => {
  if (notice !== undefined) sessionOf(context).notice = notice;
  context.redirect(to);
  context.status = 303;
};

/** The operator of the request. Only behind `requireOperator`. */
export const operatorOf = (context: Context): Operator => context.state.operator as Operator;

/** What the database cannot hold is left out, so that nothing typed into a page ends in a fault of it. */
const storableValues = (encoded: string): URLSearchParams =>
  new URLSearchParams(
    [...new URLSearchParams(encoded)].map(([name, value]): [string, string] => [
      storable(name),
      storable(value),
    ]),
  );

/** The values of the request's query. */
export const queryOf = (context: Context): URLSearchParams => storableValues(context.querystring);

/** Reads a form and checks its token: a form that our page did not make changes nothing. */
export const readForm = async (context: Context): Promise<URLSearchParams> => {
  const form = storableValues((await readRawBody(context)).toString('utf8'));
  const expected = expectedCsrf(context);
  if (expected === undefined || !isSameSecret(form.get('csrf') ?? '', expected)) {
    throw new HttpError(403, 'The form is too old: go back, reload the page and try again');
  }
  return form;
};

/** 401 with the login page for strangers; 403 for operators without the role. */
export const requireOperator =
  ({ db }: ApiDependencies, role: OperatorRole): Middleware =>
  async (context, next) => {
    const id = sessionOf(context).operatorId;
    const operator =
      id === undefined
        ? undefined
        : ((await db('operator').where({ id }).first('id', 'email', 'name', 'role')) as Operator | undefined);
    if (operator === undefined) {
      context.status = 401;
      render(context, 'login', { title: 'Log in', message: null, email: '' });
      return;
    }
    context.state.operator = operator;
    if (!mayAct(operator.role, role)) {
      context.status = 403;
      render(context, 'message', {
        title: 'Not allowed',
        message: `Your role is “${operator.role}”; this needs “${role}”.`,
      });
      return;
    }
    await next();
  };

/** The address of a run in Temporal's Web UI, null where that is not known. */
export const runUrl = (
  { environment, temporal }: ApiDependencies,
  workflowId: string | null,
): string | null =>
  environment.TEMPORAL_UI_URL === undefined || workflowId === null
    ? null
    : `${environment.TEMPORAL_UI_URL}/namespaces/${encodeURIComponent(temporal.options.namespace)}/workflows/${encodeURIComponent(workflowId)}`;
