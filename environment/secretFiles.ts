/**
 * Settings whose value lies in a file, as secrets of Compose, Swarm and Kubernetes do: `TC2_API_KEY_FILE=/run/secrets/tc2_api_key`
 * stands for `TC2_API_KEY`. Every setting may be given so.
 */
import { readFileSync } from 'node:fs';
import { EnvironmentError, environmentSchema } from './environment.ts';

/** Temporal's own settings that are secrets; the others of that name, such as TEMPORAL_CONFIG_FILE, mean a file themselves. */
const temporalSecrets = ['TEMPORAL_API_KEY'];

const names: readonly string[] = [...Object.keys(environmentSchema.shape), ...temporalSecrets];

const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== '';

/**
 * Reads the files. The line break at a file's end is not part of the value.
 *
 * @param source name to text, usually `process.env`
 * @returns what the files say, by the settings' names
 * @throws EnvironmentError naming every file that cannot be read, and every setting that is given twice
 */
export const readSecretFiles = (source: Record<string, string | undefined>): Record<string, string> => {
  const values: Record<string, string> = {};
  const faults: string[] = [];
  for (const name of names) {
    const file = source[`${name}_FILE`];
    if (!isSet(file)) continue;
    if (isSet(source[name])) {
      faults.push(`${name} and ${name}_FILE are both set`);
      continue;
    }
    try {
      values[name] = readFileSync(file.trim(), 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      faults.push(`${name}_FILE names ${file.trim()}, which cannot be read (${code ?? 'unknown reason'})`);
    }
  }
  if (faults.length > 0) throw new EnvironmentError(faults);
  return values;
};
