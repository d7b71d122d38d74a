/**
 * The servers of a benchmark: a PostgreSQL of its own and, where it is asked for, a Temporal dev server, both empty, on the loopback,
 * with the settings that `npm start` gives them. They and every process started here end with the benchmark.
 */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { migrate } from '../db/migrate.ts';
import { freePort } from '../dev/ports.ts';
import { startPostgres } from '../dev/postgres.ts';
import { createSupervisor, describeExit, lastLines, type Child } from '../dev/supervisor.ts';
import { startTemporal } from '../dev/temporal.ts';
import { obtainTemporal } from '../dev/temporalBinary.ts';

export interface ServerOptions {
  temporal: boolean;
  say: (line: string) => void;
}

/** A process of the benchmark that answers HTTP. */
export interface HttpProcess {
  url: string;
  child: Child;
}

export interface Servers {
  /** Of the migrated database `hermes`. */
  databaseUrl: string;
  /** host:port; empty without Temporal. */
  temporalAddress: string;
  /** Starts a TypeScript program with PORT set and waits until it answers at `path`. */
  startHttp(program: Program): Promise<HttpProcess>;
  /** Starts one that listens to nothing. */
  start(program: Omit<Program, 'answersAt'>): Child;
  stopChild(child: Child): Promise<void>;
  stop(): Promise<void>;
}

export interface Program {
  name: string;
  /** Path from the project's root, or the name of a script of package.json, which is run with the settings that it names. */
  file: string;
  env: Record<string, string>;
  /** A path that is answered once the program is ready. */
  answersAt: string;
}

const projectRoot = fileURLToPath(new URL('..', import.meta.url));

const startTimeoutMs = 30_000;

/** Arguments of node. A script is run without npm in between, so that the process measured is the one that was started. */
const argumentsOf = (file: string): string[] => {
  const { scripts } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const script = scripts[file];
  return script === undefined ? ['--import', 'tsx', file] : script.split(' ').slice(1);
};

/** Settings of whoever runs the benchmark must not leak into what is measured. */
const cleanEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined &&
        !/^(TEMPORAL_|DATABASE_|PD_|TC2_|G_|SIGNING_KEY|SENTRY_DSN|LOG_|PORT$|HOST$|WEBHOOK_|WORKER_)/.test(
          entry[0],
        ),
    ),
  );

const answers = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
};

/** Boots the servers and migrates the database. */
export const bootServers = async ({ temporal, say }: ServerOptions): Promise<Servers> => {
  const home = mkdtempSync(path.join(tmpdir(), 'hermes-bench-'));
  chmodSync(home, 0o755); // PostgreSQL may have to run as another user
  const supervisor = createSupervisor({ logFolder: path.join(home, 'logs') });
  supervisor.removeAtEnd(home);
  void supervisor.crash.then(({ child, exit }) => {
    say(
      `${child.name} ended unexpectedly (${describeExit(exit)}):\n${lastLines(child.logFile, 5).join('\n')}`,
    );
  });
  const stop = async (): Promise<void> => {
    await supervisor.stop();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    const [postgres, address] = await Promise.all([
      startPostgres({
        supervisor,
        dataFolder: path.join(home, 'postgres'),
        projectRoot,
        port: await freePort(),
        durable: true,
        database: 'hermes',
      }),
      temporal
        ? obtainTemporal({ projectRoot, env: process.env, say }).then(async (binary) =>
            startTemporal({ supervisor, binary: binary.file, port: await freePort() }),
          )
        : null,
    ]);
    const databaseUrl = postgres.url('hermes');
    await migrate(databaseUrl);

    const start: Servers['start'] = ({ name, file, env }) =>
      supervisor.start({
        name,
        command: process.execPath,
        args: argumentsOf(file),
        cwd: projectRoot,
        env: { ...cleanEnvironment(), ...env },
        stage: 'measured',
        graceMs: 10_000,
      });

    return {
      databaseUrl,
      temporalAddress: address?.address ?? '',
      start,
      startHttp: async (program) => {
        const port = await freePort();
        const child = start({ ...program, env: { ...program.env, HOST: '127.0.0.1', PORT: String(port) } });
        const url = `http://127.0.0.1:${port}`;
        const deadline = performance.now() + startTimeoutMs;
        while (!(await answers(`${url}${program.answersAt}`))) {
          if (!child.running() || performance.now() > deadline) {
            throw new Error(`${program.name} did not start:\n${lastLines(child.logFile, 10).join('\n')}`);
          }
          await pause(50);
        }
        return { url, child };
      },
      stopChild: (child) => supervisor.stopChild(child),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
