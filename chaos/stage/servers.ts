/** PostgreSQL and Temporal of a chaos run: they are killed, frozen and restarted on their own data. */
import path from 'node:path';
import pg from 'pg';
import { freePort } from '../../dev/ports.ts';
import { startPostgres, type RunningPostgres } from '../../dev/postgres.ts';
import type { Child, Supervisor } from '../../dev/supervisor.ts';
import { startTemporal } from '../../dev/temporal.ts';

/** A server that goes and comes back with its data. */
export interface Server {
  /** In good order. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Unless it runs; resolves when it serves. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open, and nothing answers. */
  freeze(): void;
  thaw(): void;
}

export interface ServerSpec {
  supervisor: Supervisor;
  projectRoot: string;
  folder: string;
}

const serverOf = (supervisor: Supervisor, first: Child, start: () => Promise<Child>): Server => {
  let child = first;
  const signal = (name: NodeJS.Signals): void => {
    if (child.running() && child.pid !== undefined) process.kill(child.pid, name);
  };
  return {
    stop: () => supervisor.stopChild(child),
    kill: async () => {
      signal('SIGKILL');
      await child.exited;
    },
    start: async () => {
      if (!child.running()) child = await start();
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  };
};

const database = 'hermes';

/** The role that Hermes connects as: its connections can be limited and ended without the judge's. */
export const hermesRole = 'hermes_chaos';

export interface ChaosPostgres extends Server {
  /** Runs a statement as superuser, on a connection of its own. */
  admin<Row extends pg.QueryResultRow>(text: string): Promise<Row[]>;
  /** A superuser's connection to Hermes's database; the caller ends it. */
  connect(): Promise<pg.Client>;
  /** Addresses of Hermes's database. */
  url: { hermes: string; superuser: string };
}

export const openPostgres = async ({
  supervisor,
  projectRoot,
  folder,
}: ServerSpec): Promise<ChaosPostgres> => {
  const port = await freePort();
  const start = (): Promise<RunningPostgres> =>
    startPostgres({
      supervisor,
      dataFolder: path.join(folder, 'postgres'),
      projectRoot,
      port,
      durable: true,
      database,
    });
  const running = await start();
  const superuser = running.url(database);
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: superuser, application_name: 'chaos' });
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const admin = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> => {
    const client = await connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const hermes = new URL(superuser);
  hermes.username = hermesRole;
  await admin(`create role ${hermesRole} login password '${decodeURIComponent(hermes.password)}'`);
  await admin(`alter database ${database} owner to ${hermesRole}`);
  const server = serverOf(supervisor, running.child, async () => (await start()).child);
  return { ...server, admin, connect, url: { hermes: hermes.href, superuser } };
};

export interface ChaosTemporal extends Server {
  /** host:port */
  address: string;
}

export const openTemporal = async (
  { supervisor, folder }: ServerSpec,
  binary: string,
): Promise<ChaosTemporal> => {
  const port = await freePort();
  const start = () =>
    startTemporal({ supervisor, binary, port, databaseFile: path.join(folder, 'temporal.db') });
  const { child, address } = await start();
  return { ...serverOf(supervisor, child, async () => (await start()).child), address };
};
