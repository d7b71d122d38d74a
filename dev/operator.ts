/** The demonstration's login to /admin: made on the first start, printed on each. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { saveOperator } from '../api/admin/operators.ts';
import { connectDatabase } from '../db/connection.ts';

const loginSchema = z.object({ email: z.string(), password: z.string() });

/** What a person types into the login page. */
export type DemoLogin = z.infer<typeof loginSchema>;

const readLogin = (file: string): DemoLogin | undefined => {
  try {
    return loginSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
};

/**
 * Adds an operator who may do everything, with a password of its own per state folder: the API may have been told to listen beyond
 * this machine.
 *
 * @returns the login, also of an earlier start
 */
export const ensureDemoOperator = async (stateFolder: string, databaseUrl: string): Promise<DemoLogin> => {
  const file = path.join(stateFolder, 'admin-login.json');
  const known = readLogin(file);
  if (known !== undefined) return known;
  const login = { email: 'operator@acme.example', password: randomBytes(12).toString('base64url') };
  const db = connectDatabase(databaseUrl, 1, 'hermes-start');
  try {
    await saveOperator(db, { ...login, name: 'Demo Operator', role: 'configure' });
  } finally {
    await db.destroy();
  }
  writeFileSync(file, `${JSON.stringify(login)}\n`, { mode: 0o600 });
  return login;
};
