/** The stage of a chaos run: servers and peers of its own, and the processes of Hermes as in production, all over HTTP. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { applyConfiguration } from '../../configuration/apply.ts';
import { createPipedriveClient } from '../../clients/pipedrive/client.ts';
import { connectDatabase, type Database } from '../../db/connection.ts';
import { migrate } from '../../db/migrate.ts';
import { freePort } from '../../dev/ports.ts';
import { createSupervisor } from '../../dev/supervisor.ts';
import { obtainTemporal } from '../../dev/temporalBinary.ts';
import { createLogger } from '../../observability/logger.ts';
import { lazyClient } from '../../temporal/connection.ts';
import { workflowBundle } from '../../worker/bundle.ts';
import { openPeers, sendTo, type Peers } from './peers.ts';
import { createVictim, type Victim } from './processes.ts';
import { openPostgres, openTemporal, type ChaosPostgres, type ChaosTemporal } from './servers.ts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

export interface Stage {
  /** As superuser, for load and judge. */
  db: Database;
  peers: Peers;
  api: Victim;
  workers: readonly Victim[];
  apiUrl: string;
  temporal: ChaosTemporal;
  /** For the judge. */
  temporalClient: Client;
  postgres: ChaosPostgres;
  environment: Record<string, string>;
  /** Logs and data. */
  folder: string;
  /** Stops everything. @param keep leaves the folder */
  close(keep?: boolean): Promise<void>;
}

export interface StageOptions {
  say: (line: string) => void;
  workers: number;
  /** Settings of Hermes beyond the stage's own. */
  settings?: Record<string, string>;
}

const configure = async (db: Database, pipedriveUrl: string): Promise<void> => {
  const applied = await applyConfiguration({
    db,
    text: await readFile(new URL('../../sandbox/demo/config.yaml', import.meta.url), 'utf8'),
    dryRun: false,
    pipedrive: createPipedriveClient({ baseUrl: pipedriveUrl, apiToken: 'pd-sandbox-key' }),
    defaults: {
      timezone: 'Europe/London',
      meetings: { duration_mins: 30, buffer_mins: 15, min_start: '10:00', max_end: '17:30' },
    },
  });
  if (applied.faults.length > 0) throw new Error('the demo configuration has faults');
};

/** Many workers start in one run: the bundle is made once. */
const writeBundle = async (folder: string): Promise<string> => {
  const file = path.join(folder, 'workflows.js');
  const bundle = await workflowBundle(createLogger({ level: 'silent', process: 'chaos' }));
  if (!('code' in bundle)) throw new Error('the bundle was not made from the sources');
  await writeFile(file, bundle.code);
  return file;
};

/** Limits far away: what is tested here is not the pace. */
const unhurried = {
  PD_API_MAX_RATE: '200',
  PD_SEARCH_MAX_RATE: '200',
  TC2_API_MAX_RATE: '10000',
  BOOKING_MAX_PER_IP: '1000000',
  BOOKING_MAX_PER_EMAIL: '1000000',
};

/** Sets everything up; the processes of Hermes are ready when it resolves. */
export const setStage = async ({ say, workers: workerCount, settings }: StageOptions): Promise<Stage> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'hermes-chaos-'));
  await chmod(folder, 0o755); // PostgreSQL may have to run as another user
  const binary = await obtainTemporal({ projectRoot, env: process.env, say });
  const supervisor = createSupervisor({ logFolder: path.join(folder, 'logs') });
  try {
    const spec = { supervisor, projectRoot, folder };
    const [postgres, temporal, peers, bundle] = await Promise.all([
      openPostgres(spec),
      openTemporal(spec, binary.file),
      openPeers(),
      writeBundle(folder),
    ]);
    await migrate(postgres.url.hermes);
    const db = connectDatabase(postgres.url.superuser, 4, 'chaos');
    await configure(db, peers.byName.pipedrive.url);
    peers.pipedrive.requests.clear();

    const apiPort = await freePort();
    const environment = {
      DATABASE_URL: postgres.url.hermes,
      DATABASE_POOL_MAX: '10',
      TEMPORAL_ADDRESS: temporal.address,
      HOST: '127.0.0.1',
      PD_BASE_URL: peers.byName.pipedrive.url,
      PD_API_KEY: 'pd-sandbox-key',
      TC2_BASE_URL: peers.byName.tc2.url,
      TC2_API_KEY: 'tc2-sandbox-key',
      SIGNING_KEY: 'chaos',
      LOG_LEVEL: 'info',
      WORKFLOW_BUNDLE: bundle,
      WORKER_SHUTDOWN_GRACE_SECONDS: '5',
      ...unhurried,
      ...peers.google.env(peers.byName.google.url),
      ...settings,
    };
    const apiUrl = `http://127.0.0.1:${apiPort}`;
    const victim = (name: string, entry: string, healthUrl: string, own: Record<string, string>): Victim =>
      createVictim({
        supervisor,
        name,
        entry,
        projectRoot,
        environment: { ...environment, ...own },
        healthUrl,
      });
    const api = victim('api', 'api/main.ts', `${apiUrl}/healthz`, { PORT: String(apiPort) });
    const workers: Victim[] = [];
    for (let number = 1; number <= workerCount; number += 1) {
      const port = String(await freePort());
      const health = { WORKER_HEALTH_PORT: port };
      workers.push(victim(`worker${number}`, 'worker/main.ts', `http://127.0.0.1:${port}/healthz`, health));
    }
    for (const one of [api, ...workers]) one.start();
    await Promise.all([api, ...workers].map((one) => one.ready()));
    sendTo(peers, apiUrl);
    const client = lazyClient({ connectionOptions: { address: temporal.address }, namespace: 'default' });

    return {
      db,
      peers,
      api,
      workers,
      apiUrl,
      temporal,
      temporalClient: client.client,
      postgres,
      environment,
      folder,
      close: async (keep = false) => {
        temporal.thaw();
        await Promise.all([api, ...workers].map((one) => one.kill()));
        await client.close();
        await Promise.all([peers.close(), db.destroy()]);
        await supervisor.stop();
        if (!keep) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  } catch (error) {
    await supervisor.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    throw error;
  }
};
