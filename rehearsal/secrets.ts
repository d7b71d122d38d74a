/** The folder of secrets, made by the script that docs/deploying.md names. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

const script = fileURLToPath(new URL('../ops/make-secrets.sh', import.meta.url));

/** @param known keys of accounts, which a person would put in */
export const makeSecrets = async (
  folder: string,
  known: Record<string, string>,
  env: Record<string, string>,
): Promise<void> => {
  mkdirSync(folder);
  for (const [name, value] of Object.entries(known)) writeFileSync(path.join(folder, name), `${value}\n`);
  await run('sh', [script, folder], { env });
  // PostgreSQL may run as another user here, and Compose would hand it the single files.
  chmodSync(folder, 0o755);
};
