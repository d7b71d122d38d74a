import type { Context } from 'koa';
import { identifierOf } from '../../../domain/values/identifier.ts';
import type { ApiDependencies } from '../../context.ts';
import { HttpError, notFound } from '../../errors.ts';
import { operatorOf, readForm, redirect, render } from '../context.ts';
import { auditOperator, operatorRoles, readOperator, saveOperator } from '../operators.ts';
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

/** POST /admin/operators: a new one, or a new password and role for a known one. The own role stays. */
export const addOperator =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const text = (name: string): string => form.get(name) ?? '';
    const read = readOperator({
      email: text('email'),
      name: text('name'),
      role: text('role'),
      password: text('password'),
    });
    if (!read.ok) throw new HttpError(422, read.message);
    const self = operatorOf(context);
    if (read.operator.email.toLowerCase() === self.email.toLowerCase() && read.operator.role !== self.role) {
      throw new HttpError(422, 'Your own role stays');
    }
    const added = await saveOperator(db, read.operator);
    await auditOperator(
      db,
      self,
      added ? 'added' : 'changed',
      `operator ${read.operator.email}, role ${read.operator.role}`,
    );
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
