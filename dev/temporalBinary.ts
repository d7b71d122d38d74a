/**
 * Where the Temporal dev server's program comes from. In this order:
 *
 * 1. TEMPORAL_CLI_PATH, then `temporal` on the PATH;
 * 2. the one kept in `.hermes/bin` by an earlier start;
 * 3. a download from temporal.download, as the SDK does it;
 * 4. a build from Go's module proxy, where Go is installed: a few minutes, once.
 *
 * A server that is already there (TEMPORAL_ADDRESS) needs none of it; that is the caller's choice.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { commandOf } from './leftovers.ts';
import { buildTemporal, hasGo } from './temporalBuild.ts';
import { downloadTemporal } from './temporalDownload.ts';

/** The version that is downloaded or built, and that the tests run against. */
const temporalVersion = '1.8.2';

/** Priorities and workflow pause need a server of at least this version of the command line. */
const oldestUsable = [1, 7] as const;

export interface TemporalBinary {
  readonly file: string;
  readonly source: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'download' | 'build';
}

export interface BinaryOptions {
  readonly projectRoot: string;
  readonly env: NodeJS.ProcessEnv;
  /** Tells a person what takes so long. */
  readonly say: (line: string) => void;
}

const executableSuffix = process.platform === 'win32' ? '.exe' : '';

/** The file an earlier start kept. */
export const cachedBinary = (projectRoot: string): string =>
  path.join(projectRoot, '.hermes', 'bin', `temporal-${temporalVersion}${executableSuffix}`);

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/** The first program of that name on the PATH. */
const onPath = (name: string, env: NodeJS.ProcessEnv): string | undefined =>
  (env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, `${name}${executableSuffix}`))
    .find(isExecutable);

/** What `temporal --version` answers, undefined when the program does not run. */
const versionOf = (file: string): string | undefined => {
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? /version (\S+)/.exec(stdout)?.[1] : undefined;
};

/** A version such as 0.0.0-DEV is somebody's own build: they know. */
const isTooOld = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (version.startsWith('0.0.0')) return false;
  return major < oldestUsable[0] || (major === oldestUsable[0] && minor < oldestUsable[1]);
};

/**
 * The program that is there already, without downloading or building one.
 *
 * @throws Error when TEMPORAL_CLI_PATH names something that does not run
 */
export const findTemporal = (options: BinaryOptions): TemporalBinary | undefined => {
  const { env, projectRoot, say } = options;
  const named = env['TEMPORAL_CLI_PATH'];
  if (named !== undefined && named !== '') {
    if (!isExecutable(named) || versionOf(named) === undefined) {
      throw new Error(`TEMPORAL_CLI_PATH names ${named}, which is no program that answers to --version.`);
    }
    return { file: named, source: 'TEMPORAL_CLI_PATH' };
  }
  const found = onPath('temporal', env);
  if (found !== undefined) {
    const version = versionOf(found);
    if (version !== undefined && !isTooOld(version)) return { file: found, source: 'PATH' };
    const fault = version === undefined ? 'does not run' : `has version ${version}`;
    say(`${found} ${fault}; Hermes needs ${oldestUsable.join('.')} or later and uses its own copy.`);
  }
  const cached = cachedBinary(projectRoot);
  return isExecutable(cached) ? { file: cached, source: 'cache' } : undefined;
};

/** What builds and downloads that were killed left half done: folders named after the process that made them. */
const removeHalfDone = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    const pid = /\.(?:build|download)-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || (commandOf(Number(pid)) ?? '') !== '') continue;
    rmSync(path.join(folder, name), { recursive: true, force: true });
  }
};

const choices = [
  `install the Temporal CLI (https://docs.temporal.io/cli), ${oldestUsable.join('.')} or later, so that \`temporal\` is on the PATH`,
  'set TEMPORAL_CLI_PATH to its program',
  'set TEMPORAL_ADDRESS to a Temporal server that runs already',
  'install Go (https://go.dev/dl): Hermes then builds the program itself',
];

/**
 * The program, found, downloaded or built.
 *
 * @throws Error naming what can be done when none of it works
 */
export const obtainTemporal = async (options: BinaryOptions): Promise<TemporalBinary> => {
  const found = findTemporal(options);
  if (found !== undefined) return found;

  const { projectRoot, env, say } = options;
  const target = cachedBinary(projectRoot);
  mkdirSync(path.dirname(target), { recursive: true });
  removeHalfDone(path.dirname(target));
  const verify = (file: string): void => {
    if (versionOf(file) === undefined) throw new Error('the program does not run on this machine');
  };

  const faults: string[] = [];
  try {
    await downloadTemporal({ version: temporalVersion, target, say, verify });
    return { file: target, source: 'download' };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    faults.push(`the download from temporal.download failed (${reason})`);
    say(`Temporal could not be downloaded (${reason}).`);
  }

  if (hasGo(env)) {
    try {
      await buildTemporal({ version: temporalVersion, target, projectRoot, env, say, verify });
      return { file: target, source: 'build' };
    } catch (error) {
      faults.push(`the build with Go failed (${error instanceof Error ? error.message : String(error)})`);
    }
  } else {
    faults.push('Go is not installed');
  }
  if (existsSync(target)) return { file: target, source: 'cache' }; // another process finished it meanwhile
  throw new Error(
    `There is no Temporal server program: ${faults.join(', and ')}. Choose one:\n${choices.map((choice) => `  - ${choice}`).join('\n')}`,
  );
};
