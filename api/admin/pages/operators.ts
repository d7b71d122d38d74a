import type { Context } from 'koa';
import type { ApiDependencies } from '../../context.ts';
import { HttpError, notFound } from '../../errors.ts';
import { identifierOf } from '../../../domain/values/identifier.ts';
import { operatorOf, readForm, redirect, render } from '../context.ts';
import { auditOperator, operatorRoles, saveOperator, type OperatorRole } from '../operators.ts';
import { minPasswordLength } from '../passwords.ts';

/** GET /admin/operators: who may use these pages, and what they did. */
export const operators =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const [rows, audit] = await Promise.all([
      db('operator').orderBy('id').select('id', 'email', 'name', 'role', 'created'),
      db('operator_audit').orderBy('id', 'desc').limit(50).select('*'),
    ]);
    render(context, 'operators', {
      title: 'Operators',
      rows,
      audit,
      roles: operatorRoles,
      minPasswordLength,
    });
  };

const isRole = (value: string | null): value is OperatorRole =>
  value !== null && (operatorRoles as readonly string[]).includes(value);

/** POST /admin/operators */
export const addOperator =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const email = (form.get('email') ?? '').trim();
    const name = (form.get('name') ?? '').trim();
    const role = form.get('role');
    const password = form.get('password') ?? '';
    if (!/^[^\s@]+@[^\s@]+$/.test(email) || name === '' || !isRole(role)) {
      throw new HttpError(422, 'An operator needs a name, an e-mail address and a role');
    }
    if (password.length < minPasswordLength) {
      throw new HttpError(422, `A password has at least ${minPasswordLength} characters`);
    }
    const added = await saveOperator(db, { email, name, role, password });
    await auditOperator(db, operatorOf(context), added ? 'added' : 'changed', `operator with role ${role}`);
    redirect(context, '/admin/operators', added ? 'Added' : 'Changed');
  };

/** POST /admin/operators/:id/delete; the own account stays (ADM-06). */
export const deleteOperator =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    await readForm(context);
    const id = identifierOf(context.params.id);
    if (id === operatorOf(context).id) {
      redirect(context, '/admin/operators', 'Your own account stays');
      return;
    }
    if ((await db('operator').where({ id }).delete()) === 0) throw notFound('There is no such operator');
    await auditOperator(db, operatorOf(context), 'deleted', `operator ${id}`);
    redirect(context, '/admin/operators', 'Deleted');
  };
