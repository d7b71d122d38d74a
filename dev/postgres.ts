/** The embedded PostgreSQL: made on first use, started, waited for. It is stopped by its supervisor. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { commandOf, endProcess } from './leftovers.ts';
import { preparePostgres, type PostgresBinaries } from './postgresBinaries.ts';
import { describeExit, lastLines, type Child, type Supervisor } from './supervisor.ts';

export interface PostgresOptions {
  readonly supervisor: Supervisor;
  /** Where the data should lie; see `dataFolder` of the answer. */
  readonly dataFolder: string;
  readonly projectRoot: string;
  readonly port: number;
  /** False for throw-away databases: no write waits for the disk. */
  readonly durable: boolean;
  /** Created when it is missing. */
  readonly database: string;
  /** Name of the superuser that a new data folder gets; `hermes` unless told otherwise. */
  readonly superuser?: string;
}

export interface RunningPostgres {
  readonly child: Child;
  /** postgresql:// address of a database of this server, as its superuser. */
  readonly url: (database: string) => string;
  /** Where the data really lies: elsewhere than wanted when PostgreSQL's user cannot reach that folder. */
  readonly dataFolder: string;
}

const usualSuperuser = 'hermes';
const startTimeoutMs = 30_000;

const initialise = async (
  binaries: PostgresBinaries,
  dataFolder: string,
  superuser: string,
  password: string,
): Promise<void> => {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const passwordFile = path.join(
    path.dirname(dataFolder),
    `.${path.basename(dataFolder)}-${process.pid}.password`,
  );
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  if (binaries.user !== undefined) {
    chownSync(dataFolder, binaries.user.uid, binaries.user.gid);
    chownSync(passwordFile, binaries.user.uid, binaries.user.gid);
  }
  // Sorting by the built-in provider is the same on every machine, whatever locales it has.
  const args = [
    `--pgdata=${dataFolder}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ];
  try {
    await new Promise<void>((resolve, reject) => {
      const initdb = spawn(binaries.initdb, args, {
        ...binaries.user,
        cwd: dataFolder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, LC_ALL: 'C' },
      });
      let output = '';
      const collect = (chunk: Buffer): void => {
        output += chunk.toString();
      };
      initdb.stdout.on('data', collect);
      initdb.stderr.on('data', collect);
      initdb.once('error', reject);
      initdb.once('close', (code) => {
        if (code === 0) resolve();
        else reject(new Error(`PostgreSQL's data folder could not be made:\n${output.trim()}`));
      });
    });
  } catch (error) {
    // Half a data folder would be taken for a whole one at the next start.
    rmSync(dataFolder, { recursive: true, force: true });
    throw error;
  } finally {
    rmSync(passwordFile, { force: true });
  }
};

/**
 * A server that outlived its supervisor still holds the data folder: it is stopped. A pid file whose process is gone, or
 * whose number another program has by now, is removed (PostgreSQL itself would refuse to start in the latter case).
 */
const clearStalePid = async (dataFolder: string): Promise<void> => {
  const pidFile = path.join(dataFolder, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10);
  if (Number.isInteger(pid) && pid > 0) {
    const command = commandOf(pid);
    if (command?.includes('postgres') === true && command.includes(dataFolder)) {
      await endProcess(pid, 'SIGINT', 10_000);
    }
  }
  rmSync(pidFile, { force: true });
};

const settings = (port: number, durable: boolean): string[] => {
  const chosen: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '300',
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    // Statements may carry personal data, and logs must not.
    log_min_error_statement: 'panic',
    ...(durable ? {} : { fsync: 'off', full_page_writes: 'off', max_wal_size: '4GB' }),
  };
  return Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
};

const connectionError = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Connects until the server answers, and makes the database when it is missing. */
const waitUntilReady = async (
  child: Child,
  url: (database: string) => string,
  database: string,
): Promise<void> => {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    const client = new pg.Client({ connectionString: url('postgres'), connectionTimeoutMillis: 5000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [database]);
      if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(database)}`);
      return;
    } catch (error) {
      if (!child.running()) {
        const exit = await child.exited;
        const log = lastLines(child.logFile, 5).join('\n');
        throw new Error(`PostgreSQL did not start (${describeExit(exit)}), see ${child.logFile}:\n${log}`, {
          cause: error,
        });
      }
      if (performance.now() > deadline) {
        throw new Error(`PostgreSQL does not answer: ${connectionError(error)}; see ${child.logFile}`, {
          cause: error,
        });
      }
    } finally {
      await client.end().catch(() => undefined);
    }
    await wait(30);
  }
};

/**
 * Starts PostgreSQL on the loopback, making its data folder first when there is none.
 *
 * @throws Error with a sentence for a person when it cannot be made or started
 */
export const startPostgres = async (options: PostgresOptions): Promise<RunningPostgres> => {
  const { supervisor, port, durable, database, superuser = usualSuperuser } = options;
  const { binaries, dataFolder } = preparePostgres(options.dataFolder, options.projectRoot);
  const passwordFile = `${dataFolder}.password`;

  if (!existsSync(path.join(dataFolder, 'PG_VERSION')) || !existsSync(passwordFile)) {
    rmSync(dataFolder, { recursive: true, force: true });
    const password = randomBytes(18).toString('base64url');
    await initialise(binaries, dataFolder, superuser, password);
    writeFileSync(passwordFile, password, { mode: 0o600 });
    chmodSync(passwordFile, 0o600);
  } else {
    await clearStalePid(dataFolder);
  }
  const password = readFileSync(passwordFile, 'utf8').trim();
  const url = (name: string): string => `postgresql://${superuser}:${password}@127.0.0.1:${port}/${name}`;

  const child = supervisor.start({
    name: 'postgres',
    command: binaries.postgres,
    args: ['-D', dataFolder, ...settings(port, durable)],
    cwd: dataFolder,
    // SIGINT is PostgreSQL's fast shutdown: sessions are ended, everything is written.
    stopSignal: 'SIGINT',
    graceMs: 15_000,
    ...(binaries.user === undefined ? {} : { user: binaries.user }),
  });
  await waitUntilReady(child, url, database);
  return { child, url, dataFolder };
};
