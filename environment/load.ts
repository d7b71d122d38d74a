/** Where the settings of a process come from: its environment, `.env` beside package.json, and the files of secrets. */
import { fileURLToPath } from 'node:url';
import { config } from 'dotenv';
import { EnvironmentError, readEnvironment, type Environment } from './environment.ts';
import { readSecretFiles } from './secretFiles.ts';

const dotenvPath = fileURLToPath(new URL('../.env', import.meta.url));

/** Fills `process.env` from `.env`; variables that are set already stay. */
export const loadDotenv = (): void => {
  config({ path: dotenvPath, quiet: true });
};

const fill = (): void => {
  loadDotenv();
  Object.assign(process.env, readSecretFiles(process.env));
};

const orExit = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
};

/** Fills `process.env` from `.env` and the files of secrets; ends the process with code 1 when one cannot be read. */
export const loadSettings = (): void => {
  orExit(fill);
};

/** The settings of this process; prints all faults and ends the process with code 1 when there are any. */
export const environmentOrExit = (): Environment =>
  orExit(() => {
    fill();
    return readEnvironment(process.env);
  });
