/** The stage of a chaos run: servers and sandboxes that stay, and the processes of Hermes, which are killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readFile } from 'node:fs/promises';
import { applyConfiguration } from '../cli/config/apply.ts';
import { createPipedriveClient } from '../clients/pipedrive/client.ts';
import { connectDatabase, type Database } from '../db/connection.ts';
import { migrate } from '../db/migrate.ts';
import { freePort } from '../dev/ports.ts';
import { startPostgres } from '../dev/postgres.ts';
import { createSupervisor, type Child } from '../dev/supervisor.ts';
import { startTemporal } from '../dev/temporal.ts';
import { obtainTemporal } from '../dev/temporalBinary.ts';
import { demoAccount, demoExtraAttrs, demoTc2Admins } from '../sandbox/demo/account.ts';
import { createPipedriveSandbox, type PipedriveSandbox } from '../sandbox/pipedrive/index.ts';
import { createTc2Sandbox, type Tc2Sandbox } from '../sandbox/tc2/index.ts';

const projectRoot = fileURLToPath(new URL('..', import.meta.url));

/** A process of Hermes that can be killed and comes back. */
export interface Victim {
  name: 'api' | 'worker';
  running(): boolean;
  start(): void;
  /** SIGKILL, no farewell. */
  kill(): Promise<void>;
}

export interface Stage {
  db: Database;
  pipedrive: PipedriveSandbox;
  tc2: Tc2Sandbox;
  api: Victim;
  worker: Victim;
  apiUrl: string;
  /** Stops Temporal without warning, or starts it again on its data. */
  temporal: { kill(): Promise<void>; start(): Promise<void> };
  environment: Record<string, string>;
  folder: string;
  close(): Promise<void>;
}

const victim = (name: 'api' | 'worker', environment: Record<string, string>, folder: string): Victim => {
  let child: ChildProcess | null = null;
  return {
    name,
    running: () => child !== null,
    start: () => {
      if (child !== null) return;
      const log = openSync(path.join(folder, `${name}.log`), 'a');
      child = spawn(process.execPath, ['--import', 'tsx', `${name}/main.ts`], {
        cwd: projectRoot,
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
        stdio: ['ignore', log, log],
      });
      const current = child;
      current.once('exit', () => {
        if (child === current) child = null;
      });
    },
    kill: async () => {
      if (child === null) return;
      const current = child;
      const gone = once(current, 'exit');
      current.kill('SIGKILL');
      await gone;
    },
  };
};

/** Waits until the API answers. */
export const untilListening = async (url: string): Promise<void> => {
  for (;;) {
    try {
      if ((await fetch(`${url}/healthz`)).ok) return;
    } catch {
      await pause(100);
    }
  }
};

/** Sets everything up; the processes of Hermes are running when it resolves. */
export const setStage = async (say: (line: string) => void): Promise<Stage> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'hermes-chaos-'));
  const binary = await obtainTemporal({ projectRoot, env: process.env, say });
  const supervisor = createSupervisor({ logFolder: path.join(folder, 'logs') });
  const temporalPort = await freePort();
  const startTemporalServer = (): Promise<{ child: Child; address: string }> =>
    startTemporal({
      supervisor,
      binary: binary.file,
      port: temporalPort,
      databaseFile: path.join(folder, 'temporal.db'),
    });
  const [postgres, firstTemporal] = await Promise.all([
    startPostgres({
      supervisor,
      dataFolder: path.join(folder, 'postgres'),
      projectRoot,
      port: await freePort(),
      durable: true,
      database: 'hermes',
    }),
    startTemporalServer(),
  ]);
  let temporal = firstTemporal;
  const databaseUrl = postgres.url('hermes');
  await migrate(databaseUrl);
  const db = connectDatabase(databaseUrl, 6, 'chaos');

  const pipedrive = createPipedriveSandbox({ campaigns: true });
  pipedrive.seed(demoAccount);
  pipedrive.settings.searchLagMs = 0;
  pipedrive.settings.searchBurstLimit = 1_000_000;
  const tc2 = createTc2Sandbox({
    admins: demoTc2Admins,
    extraAttrs: demoExtraAttrs,
    settings: { rateLimit: null, retryDelays: [0.2, 0.5, 1, 2, 4, 8], retryScale: 1, timeoutMs: 8000 },
  });
  const [pipedriveServer, tc2Server] = await Promise.all([pipedrive.listen(), tc2.listen()]);
  const apiPort = await freePort();
  const environment = {
    DATABASE_URL: databaseUrl,
    TEMPORAL_ADDRESS: temporal.address,
    HOST: '127.0.0.1',
    PORT: String(apiPort),
    PD_BASE_URL: pipedriveServer.url,
    PD_API_KEY: 'pd-sandbox-key',
    PD_API_MAX_RATE: '200',
    PD_SEARCH_MAX_RATE: '200',
    TC2_BASE_URL: tc2Server.url,
    TC2_API_KEY: 'tc2-sandbox-key',
    TC2_API_MAX_RATE: '10000',
    SIGNING_KEY: 'chaos',
  };
  const applied = await applyConfiguration({
    db,
    text: await readFile(new URL('../sandbox/demo/config.yaml', import.meta.url), 'utf8'),
    dryRun: false,
    pipedrive: createPipedriveClient({ baseUrl: pipedriveServer.url, apiToken: 'pd-sandbox-key' }),
    defaults: {
      timezone: 'Europe/London',
      meetings: { duration_mins: 30, buffer_mins: 15, min_start: '10:00', max_end: '17:30' },
    },
  });
  if (applied.faults.length > 0) throw new Error('the demo configuration has faults');
  pipedrive.requests.clear();

  const api = victim('api', environment, folder);
  const worker = victim('worker', environment, folder);
  api.start();
  worker.start();
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  await untilListening(apiUrl);
  tc2.settings.webhook = { url: `${apiUrl}/tc2/callback/` };

  return {
    db,
    pipedrive,
    tc2,
    api,
    worker,
    apiUrl,
    environment,
    folder,
    temporal: {
      kill: () => supervisor.stopChild(temporal.child),
      start: async () => {
        temporal = await startTemporalServer();
      },
    },
    close: async () => {
      await Promise.all([api.kill(), worker.kill()]);
      await Promise.all([pipedriveServer.close(), tc2Server.close(), db.destroy()]);
      await supervisor.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
