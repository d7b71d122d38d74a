/** The people who may use /admin. */
import type { Knex } from 'knex';
import { hashPassword, minPasswordLength, verifyPassword } from './passwords.ts';

/** read: look. operate: replay and sync. configure: change settings and operators. */
export const operatorRoles = ['read', 'operate', 'configure'] as const;
export type OperatorRole = (typeof operatorRoles)[number];

export interface Operator {
  id: number;
  email: string;
  name: string;
  role: OperatorRole;
}

interface OperatorRow extends Operator {
  password_hash: string;
  failed_logins: number;
  locked_until: Date | null;
}

/** So many wrong passwords lock an account for a while; the time doubles with each further one. */
const freeAttempts = 5;
const firstLockSeconds = 30;
const longestLockSeconds = 15 * 60;

/** Whether a role includes another. */
export const mayAct = (role: OperatorRole, needed: OperatorRole): boolean =>
  operatorRoles.indexOf(role) >= operatorRoles.indexOf(needed);

export type LoginResult =
  { ok: true; operator: Operator } | { ok: false; message: string; retryAfterSeconds: number | null };

/** The end of the lock that one more failure brings, in the row's own terms: null while attempts are free. */
const lockAfterThis = (db: Knex): Knex.Raw =>
  db.raw(
    `case when failed_logins + 1 < ? then null
      else now() + least(? * power(2, least(failed_logins + 1 - ?, 20)), ?) * interval '1 second' end`,
    [freeAttempts, firstLockSeconds, freeAttempts, longestLockSeconds],
  );

/** What a login that is refused says: the same for an unknown operator as for a wrong password. */
const refusal: LoginResult = { ok: false, message: 'E-mail or password is wrong', retryAfterSeconds: null };

/**
 * Checks a password.
 *
 * The attempt is counted before the password is looked at, in one statement: guesses that arrive together cannot all take the free
 * attempts. An account that was guessed at too often is locked for a while, whoever asks.
 */
export const logIn = async (db: Knex, email: string, password: string): Promise<LoginResult> => {
  const find = () => db('operator').whereRaw('lower(email) = lower(?)', [email]);
  const known = (await find().first('id')) as { id: number } | undefined;
  if (known === undefined) {
    await verifyPassword(password, null);
    return refusal;
  }
  const [row] = (await db('operator')
    .where({ id: known.id })
    .whereRaw('(locked_until is null or locked_until <= now())')
    .update({ failed_logins: db.raw('failed_logins + 1'), locked_until: lockAfterThis(db) })
    .returning('*')) as OperatorRow[];
  if (row === undefined) {
    const [locked] = (await db('operator')
      .where({ id: known.id })
      .select(db.raw('ceil(extract(epoch from locked_until - now()))::integer as seconds'))) as {
      seconds: number | null;
    }[];
    return {
      ok: false,
      message: 'Too many wrong passwords: try again later',
      retryAfterSeconds: Math.max(1, locked?.seconds ?? 1),
    };
  }
  if (!(await verifyPassword(password, row.password_hash))) return refusal;
  await db('operator').where({ id: row.id }).update({ failed_logins: 0, locked_until: null });
  const { id, name, role } = row;
  return { ok: true, operator: { id, email: row.email, name, role } };
};

/** An operator as it is asked for. */
export interface NewOperator {
  email: string;
  name: string;
  role: string;
  password: string;
}

const isRole = (value: string): value is OperatorRole => (operatorRoles as readonly string[]).includes(value);

/** @returns the operator, or a sentence on what is wrong with it */
export const readOperator = (
  given: NewOperator,
): { ok: true; operator: NewOperator & { role: OperatorRole } } | { ok: false; message: string } => {
  const [email, name, role] = [given.email.trim(), given.name.trim(), given.role];
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) return { ok: false, message: 'An operator needs an e-mail address' };
  if (name === '') return { ok: false, message: 'An operator needs a name' };
  if (!isRole(role)) return { ok: false, message: `A role is one of ${operatorRoles.join(', ')}` };
  if (given.password.length < minPasswordLength) {
    return { ok: false, message: `A password has at least ${minPasswordLength} characters` };
  }
  return { ok: true, operator: { email, name, role, password: given.password } };
};

/**
 * Adds an operator, or gives the one of that e-mail address a new name, password and role, and ends its sessions.
 *
 * @returns whether it was added
 */
export const saveOperator = async (
  db: Knex,
  operator: { email: string; name: string; role: OperatorRole; password: string },
): Promise<boolean> => {
  const { password, ...columns } = operator;
  const password_hash = await hashPassword(password);
  return db.transaction(async (trx) => {
    const [known] = (await trx('operator')
      .whereRaw('lower(email) = lower(?)', [operator.email])
      .update({ ...columns, password_hash, failed_logins: 0, locked_until: null })
      .returning('id')) as { id: number }[];
    if (known === undefined) {
      await trx('operator').insert({ ...columns, password_hash });
      return true;
    }
    await trx('operator_session').where({ operator_id: known.id }).delete();
    return false;
  });
};

/** Records what an operator did; the command line has no id. */
export const auditOperator = async (
  db: Knex,
  operator: { id: number | null; email: string },
  action: string,
  detail: string | null,
): Promise<void> => {
  await db('operator_audit').insert({
    operator_id: operator.id,
    operator_email: operator.email,
    action,
    detail,
  });
};
