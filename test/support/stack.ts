/**
 * The servers that the tests run against: one PostgreSQL and one Temporal per test process, booted on first demand, gone
 * at its end. `npm test` boots them before the first test (boot.ts); `npx mocha some.test.ts` when a test asks.
 *
 * Nothing of the environment's TEMPORAL_* or DATABASE_URL is used: a test must never reach a server that people work with.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../dev/ports.ts';
import { startPostgres } from '../../dev/postgres.ts';
import { createSupervisor, describeExit, type Supervisor } from '../../dev/supervisor.ts';
import { startTemporal } from '../../dev/temporal.ts';
import { findTemporal, obtainTemporal } from '../../dev/temporalBinary.ts';
import { dataHome } from './dataHome.ts';

/** The addresses of the running servers. */
export interface Stack {
  /** postgresql:// address of the database `postgres`, as superuser. For a database to work in see database.ts. */
  readonly adminUrl: string;
  /** The same address for another database of the server. */
  readonly databaseUrl: (database: string) => string;
  /** host:port of Temporal's frontend. */
  readonly temporalAddress: string;
  /** Folder of the servers' logs. */
  readonly logFolder: string;
}

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** A port may be taken between finding and binding it, so a start is tried again. */
const withRetry = async <T>(start: () => Promise<T>): Promise<T> => {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof Error) || !/in use|could not bind/i.test(error.message)) throw error;
    return start();
  }
};

let supervisor: Supervisor | undefined;
let folder: string | undefined;
let booted: Promise<Stack> | undefined;

const options = { projectRoot, env: process.env, say };

/** Finds or builds the Temporal server. A build takes minutes and a test's hook has seconds: only boot.ts may wait for one. */
export const obtainServer = () => obtainTemporal(options);

const boot = async (): Promise<Stack> => {
  const binary = process.env['HERMES_TEST_BOOT'] === '1' ? await obtainServer() : findTemporal(options);
  if (binary === undefined) {
    throw new Error(
      'There is no Temporal server program yet: run `npm test` or `npm start` once, they get it.',
    );
  }

  const home = mkdtempSync(path.join(dataHome(), 'hermes-test-'));
  chmodSync(home, 0o755); // PostgreSQL may have to run as another user
  folder = home;
  const logFolder = path.join(home, 'logs');
  const servers = createSupervisor({ logFolder });
  supervisor = servers;
  servers.removeAtEnd(home);
  void servers.crash.then(({ child, exit }) => {
    say(
      `The tests' ${child.name} ended unexpectedly (${describeExit(exit)}); the tests that need it will fail.`,
    );
  });

  const [postgres, temporal] = await Promise.all([
    withRetry(async () =>
      startPostgres({
        supervisor: servers,
        dataFolder: path.join(home, 'postgres'),
        projectRoot,
        port: await freePort(),
        durable: false,
        database: 'postgres',
      }),
    ),
    withRetry(async () =>
      startTemporal({ supervisor: servers, binary: binary.file, port: await freePort() }),
    ),
  ]);
  return {
    adminUrl: postgres.url('postgres'),
    databaseUrl: postgres.url,
    temporalAddress: temporal.address,
    logFolder,
  };
};

/** The running servers, booted on the first call. */
export const stack = (): Promise<Stack> => (booted ??= boot());

/** Stops the servers, when they were booted, and removes their data. */
export const stopStack = async (): Promise<void> => {
  await booted?.catch(() => undefined);
  await supervisor?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
};
