/** PostgreSQL restarts, dies, drops its connections, takes none, or keeps them all waiting. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { hermesRole, type ChaosPostgres } from '../stage/servers.ts';
import type { ChaosFault } from './fault.ts';

/** SQLSTATE lock_not_available. */
const lockNotAvailable = '55P03';

const terminate = (postgres: ChaosPostgres): Promise<unknown> =>
  postgres.admin(`select pg_terminate_backend(pid) from pg_stat_activity where usename = '${hermesRole}'`);

/** Says no instead of waiting: who waits for one table while it holds another ends in a deadlock with Hermes. */
const lockTables = async (client: pg.Client): Promise<boolean> => {
  try {
    await client.query('begin');
    await client.query('lock table webhook, company, remote_record in access exclusive mode nowait');
    return true;
  } catch (error) {
    await client.query('rollback');
    if (error instanceof pg.DatabaseError && error.code === lockNotAvailable) return false;
    throw error;
  }
};

/** Lets Hermes open so many connections; -1 is as many as it likes. */
export const limitConnections = (postgres: ChaosPostgres, limit: number): Promise<unknown> =>
  postgres.admin(`alter role ${hermesRole} connection limit ${limit}`);

export const postgresFaults: readonly ChaosFault[] = [
  {
    name: 'postgres-restarted',
    about: 'PostgreSQL restarted in good order',
    targets: ['postgres'],
    longest: 10,
    inflict: async ({ postgres }, random) => {
      await postgres.stop();
      await pause(random.between(0, 2000));
      await postgres.start();
    },
  },
  {
    name: 'postgres-killed',
    about: 'SIGKILL of PostgreSQL, back by crash recovery',
    targets: ['postgres'],
    longest: 15,
    inflict: async ({ postgres }, random) => {
      await postgres.kill();
      await pause(random.between(0, 2000));
      await postgres.start();
    },
  },
  {
    name: 'connections-killed',
    about: 'every connection of Hermes to PostgreSQL ended',
    targets: ['postgres'],
    longest: 1,
    inflict: async ({ postgres }) => {
      await terminate(postgres);
    },
  },
  {
    name: 'connections-refused',
    about: 'PostgreSQL gives Hermes three connections and no more',
    targets: ['postgres'],
    longest: 7,
    inflict: async ({ postgres }, random) => {
      await limitConnections(postgres, 3);
      await terminate(postgres);
      await pause(random.between(1000, 6000));
      await limitConnections(postgres, -1);
    },
  },
  {
    name: 'pool-exhausted',
    about: 'tables locked, so that every connection of the pools waits',
    targets: ['postgres'],
    longest: 7,
    inflict: async ({ postgres }, random) => {
      const client = await postgres.connect();
      try {
        while (!(await lockTables(client))) await pause(10);
        await pause(random.between(1000, 6000));
        await client.query('rollback');
      } finally {
        await client.end();
      }
    },
  },
];
