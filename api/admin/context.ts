/** What the pages of /admin share. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import type { Context, Middleware } from 'koa';
import { HttpError } from '../errors.ts';
import { readRawBody } from '../middleware/rawBody.ts';
import type { ApiDependencies } from '../context.ts';
import { mayAct, type Operator, type OperatorRole } from './operators.ts';

const eta = new Eta({ views: fileURLToPath(new URL('templates', import.meta.url)), cache: true });

/** The session's own fields. */
interface OperatorSession {
  operatorId?: number;
  csrf?: string;
  notice?: string;
}

export const sessionOf = (context: Context): OperatorSession => context.session as OperatorSession;

/** The token that every form of the session carries. */
const csrfOf = (context: Context): string => {
  const session = sessionOf(context);
  session.csrf ??= randomBytes(24).toString('base64url');
  return session.csrf;
};

/** Renders a page into the layout. Values are escaped by the template engine. */
export const render = (
  context: Context,
  template: string,
  data: Record<string, unknown> & { title: string },
): void => {
  const session = sessionOf(context);
  const notice = session.notice ?? null;
  delete session.notice;
  context.type = 'html';
  context.set('cache-control', 'no-store');
  context.body = eta.render(`./${template}`, {
    operator: context.state.operator ?? null,
    csrf: csrfOf(context),
    path: context.path,
    notice,
    may: (role: OperatorRole) =>
      context.state.operator !== undefined && mayAct((context.state.operator as Operator).role, role),
    moment: (value: Date | null) =>
      value === null ? '' : `${value.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    ...data,
  });
};

/** Goes to another page after a change, which then says what was done. */
export const redirect = (context: Context, to: string, notice?: string): void => {
  if (notice !== undefined) sessionOf(context).notice = notice;
  context.status = 303;
  context.redirect(to);
  context.status = 303;
};

/** The operator of the request. Only behind `requireOperator`. */
export const operatorOf = (context: Context): Operator => context.state.operator as Operator;

const isSameToken = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};

/** Reads a form and checks its token: a form that our page did not make changes nothing. */
export const readForm = async (context: Context): Promise<URLSearchParams> => {
  const form = new URLSearchParams((await readRawBody(context)).toString('utf8'));
  const expected = sessionOf(context).csrf;
  if (expected === undefined || !isSameToken(form.get('csrf') ?? '', expected)) {
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
