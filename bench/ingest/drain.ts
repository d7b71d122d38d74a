/** A worker that has more to do than it can finish while the doors are measured: what the rounds before left in the inbox. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Child } from '../../dev/supervisor.ts';
import { configure, hermesEnvironment } from '../peers.ts';
import type { Servers } from '../servers.ts';

export interface Drain {
  /** Events that the worker has finished so far. */
  finished(): Promise<number>;
  stop(): Promise<void>;
}

/** Events that a worker finishes before it counts as being at work. */
const underWay = 50;

const startTimeoutMs = 60_000;

/** Starts the worker and waits until it works. */
export const startDrain = async (servers: Servers): Promise<Drain> => {
  const pipedrive = await servers.startHttp({
    name: 'pipedrive',
    file: 'bench/pipedrive.ts',
    env: {},
    answersAt: '/',
  });
  await configure(servers.databaseUrl, pipedrive.url);
  const database = new pg.Client({ connectionString: servers.databaseUrl });
  database.on('error', () => undefined);
  await database.connect();
  const finished = async (): Promise<number> => {
    const { rows } = await database.query<{ count: string }>(
      'select count(*) from webhook where outcome is not null',
    );
    return Number(rows[0]?.count ?? 0);
  };
  const worker: Child = servers.start({
    name: 'worker',
    file: 'worker',
    env: {
      ...hermesEnvironment({ databaseUrl: servers.databaseUrl, pipedriveUrl: pipedrive.url }),
      TEMPORAL_ADDRESS: servers.temporalAddress,
    },
  });
  const deadline = performance.now() + startTimeoutMs;
  while ((await finished()) < underWay) {
    if (performance.now() > deadline || !worker.running()) throw new Error('the worker drains nothing');
    await pause(200);
  }
  return {
    finished,
    stop: async () => {
      await servers.stopChild(worker);
      await servers.stopChild(pipedrive.child);
      await database.end();
    },
  };
};
