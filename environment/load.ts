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

/** What is wrong besides the files: a setting whose file failed is neither right nor absent. */
const otherFaults = (): string[] => {
  try {
    readEnvironment(process.env);
    return [];
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return error.faults.filter((fault) => process.env[`${fault.split(' ')[0]}_FILE`] === undefined);
  }
};

const fill = (): void => {
  loadDotenv();
  try {
    Object.assign(process.env, readSecretFiles(process.env));
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new EnvironmentError([...error.faults, ...otherFaults()]);
  }
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
