/** The people who may use /admin. */
import type { Knex } from 'knex';
import { hashPassword, verifyPassword } from './passwords.ts';

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

const lockSeconds = (failures: number): number =>
  failures < freeAttempts
    ? 0
    : Math.min(firstLockSeconds * 2 ** (failures - freeAttempts), longestLockSeconds);

/** Checks a password; an account that was guessed at too often is locked for a while, whoever asks. */
export const logIn = async (db: Knex, email: string, password: string): Promise<LoginResult> => {
  const row = (await db('operator').whereRaw('lower(email) = lower(?)', [email]).first('*')) as
    OperatorRow | undefined;
  const lockedFor = (row?.locked_until?.getTime() ?? 0) - Date.now();
  if (lockedFor > 0) {
    return {
      ok: false,
      message: 'Too many wrong passwords: try again later',
      retryAfterSeconds: Math.ceil(lockedFor / 1000),
    };
  }
  const right = await verifyPassword(password, row?.password_hash ?? null);
  if (row === undefined)
    return { ok: false, message: 'E-mail or password is wrong', retryAfterSeconds: null };
  if (!right) {
    const failures = row.failed_logins + 1;
    await db('operator')
      .where({ id: row.id })
      .update({
        failed_logins: failures,
        locked_until: db.raw(`now() + ? * interval '1 second'`, [lockSeconds(failures)]),
      });
    return { ok: false, message: 'E-mail or password is wrong', retryAfterSeconds: null };
  }
  await db('operator').where({ id: row.id }).update({ failed_logins: 0, locked_until: null });
  const { id, name, role } = row;
  return { ok: true, operator: { id, email: row.email, name, role } };
};

/**
 * Adds an operator, or gives one that exists a new password and role.
 *
 * @returns whether it was added
 */
export const saveOperator = async (
  db: Knex,
  operator: { email: string; name: string; role: OperatorRole; password: string },
): Promise<boolean> => {
  const { password, ...columns } = operator;
  const password_hash = await hashPassword(password);
  const updated = await db('operator')
    .whereRaw('lower(email) = lower(?)', [operator.email])
    .update({ ...columns, password_hash, failed_logins: 0, locked_until: null });
  if (updated > 0) return false;
  await db('operator').insert({ ...columns, password_hash });
  return true;
};

/** Records what an operator did. */
export const auditOperator = async (
  db: Knex,
  operator: Operator,
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
