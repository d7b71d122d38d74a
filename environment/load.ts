/** Reads `.env` beside package.json into the process's environment, which wins where both speak. */
import { fileURLToPath } from 'node:url';
import { config } from 'dotenv';
import { EnvironmentError, readEnvironment, type Environment } from './environment.ts';

const dotenvPath = fileURLToPath(new URL('../.env', import.meta.url));

/** Fills `process.env` from `.env`; variables that are set already stay. */
export const loadDotenv = (): void => {
  config({ path: dotenvPath, quiet: true });
};

/** The settings of this process; prints all faults and ends the process with code 1 when there are any. */
export const environmentOrExit = (): Environment => {
  loadDotenv();
  try {
    return readEnvironment(process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
};
