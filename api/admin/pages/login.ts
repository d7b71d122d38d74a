import type { Context } from 'koa';
import type { ApiDependencies } from '../../context.ts';
import { readForm, redirect, render, sessionOf } from '../context.ts';
import type { LoginLimit } from '../loginLimit.ts';
import { auditOperator, logIn } from '../operators.ts';

/** GET /admin/login (ADM-01). */
export const loginPage = (context: Context): void => {
  render(context, 'login', { title: 'Log in', message: null, email: '' });
};

/** POST /admin/login: 303 to the overview, or 401 with a sentence (ADM-02). */
export const login =
  ({ db }: ApiDependencies, limit: LoginLimit) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    await limit.count(context.ip);
    const email = (form.get('email') ?? '').trim();
    const result = await logIn(db, email, form.get('password') ?? '');
    if (!result.ok) {
      context.status = result.retryAfterSeconds === null ? 401 : 429;
      if (result.retryAfterSeconds !== null) context.set('retry-after', String(result.retryAfterSeconds));
      render(context, 'login', { title: 'Log in', message: result.message, email });
      return;
    }
    await limit.forgive(context.ip);
    // A session that a stranger could have planted ends here.
    await context.session?.regenerate();
    sessionOf(context).operatorId = result.operator.id;
    await auditOperator(db, result.operator, 'logged in', null);
    redirect(context, '/admin/overview');
  };

/** POST /admin/logout */
export const logout = async (context: Context): Promise<void> => {
  await readForm(context);
  context.session = null;
  redirect(context, '/admin/login');
};
