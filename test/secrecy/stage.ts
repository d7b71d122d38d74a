/**
 * Hermes as two real processes, told secrets and people that can be recognised wherever they turn up, in front of the sandboxes.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { connectDatabase, type Database } from '../../db/connection.ts';
import { freePort } from '../../dev/ports.ts';
import { demoAccount, demoCalendars, demoExtraAttrs, demoTc2Admins } from '../../sandbox/demo/account.ts';
import { createGoogleSandbox, type GoogleSandbox } from '../../sandbox/google/index.ts';
import { processServiceAccount } from '../../sandbox/google/serviceAccount.ts';
import { createPipedriveSandbox, type PipedriveSandbox } from '../../sandbox/pipedrive/index.ts';
import { createTc2Sandbox, type Tc2Sandbox } from '../../sandbox/tc2/index.ts';
import { createTestDatabase } from '../support/database.ts';
import { eventually, testBundle } from '../support/hermes.ts';
import { createTestNamespace } from '../support/namespace.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { stack } from '../support/stack.ts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

/** Every one holds the word that is searched for. */
export const secretWord = 'S3CR3T';
const secret = (name: string): string => `${secretWord}-${name}-0123456789`;

/** Values of the settings that must never be seen; a new secret setting has to be added (see the test). */
export const secretSettings = {
  TC2_API_KEY: secret('tc2-key'),
  TC2_API_KEY_PREVIOUS: secret('tc2-last-key'),
  PD_API_KEY: secret('pipedrive-key'),
  PD_WEBHOOK_PASSWORD: secret('webhook-password'),
  PD_WEBHOOK_PASSWORD_PREVIOUS: secret('webhook-last-password'),
  SIGNING_KEY: secret('signing-key'),
  G_PRIVATE_KEY_ID: secret('google-key-id'),
  TEMPORAL_API_KEY: secret('temporal-key'),
  CODEC_SERVER_TOKEN: secret('codec-token'),
  OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${secret('collector-key')}`,
} as const;
/** Part of SENTRY_DSN. */
export const sentryKey = '0123456789abcdef0123456789abcdef';
export const operatorPassword = secret('operator-password');

export interface Stage {
  url: string;
  db: Database;
  temporal: Client;
  namespace: string;
  settings: Record<string, string>;
  pipedrive: PipedriveSandbox;
  tc2: Tc2Sandbox;
  google: GoogleSandbox;
  /** What Hermes reports errors and traces to. */
  watcher: Receiver;
  /** All that may not be seen beside `secretWord`: passwords and keys that others made. */
  otherSecrets: string[];
  /** Starts API and worker. */
  start(): Promise<void>;
  /** Until nothing waits and no company is behind. */
  settled(): Promise<void>;
  /** What the processes printed so far. */
  printed(): string;
  /** Stops the processes in good order. */
  end(): Promise<void>;
  close(): Promise<void>;
}

export const setStage = async (): Promise<Stage> => {
  const [database, namespace, { temporalAddress }, port, metricsPort] = await Promise.all([
    createTestDatabase(),
    createTestNamespace(),
    stack(),
    freePort(),
    freePort(),
  ]);
  const pipedrive = createPipedriveSandbox({ campaigns: true, apiToken: secretSettings.PD_API_KEY });
  pipedrive.seed(demoAccount);
  pipedrive.settings.searchBurstLimit = 1_000_000;
  pipedrive.settings.searchLagMs = 0;
  const tc2 = createTc2Sandbox({
    admins: demoTc2Admins,
    extraAttrs: demoExtraAttrs,
    settings: { rateLimit: null, retryScale: 0.01, apiKey: secretSettings.TC2_API_KEY },
  });
  const google = createGoogleSandbox({
    users: demoCalendars,
    serviceAccount: { ...processServiceAccount(), privateKeyId: secretSettings.G_PRIVATE_KEY_ID },
  });
  const [pipedriveServer, tc2Server, googleServer] = await Promise.all([
    pipedrive.listen(),
    tc2.listen(),
    google.listen(),
  ]);
  const watcher = await startReceiver();
  const folder = await mkdtemp(path.join(tmpdir(), 'hermes-secrecy-'));
  const bundleFile = path.join(folder, 'workflows.js');
  const bundle = await testBundle();
  await writeFile(bundleFile, 'code' in bundle ? bundle.code : '');
  const databaseUrl = new URL(database.url);
  const { password } = databaseUrl;
  databaseUrl.password = '';
  const url = `http://127.0.0.1:${port}`;
  const settings: Record<string, string> = {
    ...google.env(googleServer.url),
    ...secretSettings,
    DATABASE_URL: databaseUrl.href,
    DATABASE_PASSWORD: password,
    SENTRY_DSN: `${watcher.url.replace('//', `//${sentryKey}@`)}/1`,
    OTEL_EXPORTER_OTLP_ENDPOINT: watcher.url,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_TLS: 'false',
    TEMPORAL_UI_URL: 'http://127.0.0.1:1',
    HOST: '127.0.0.1',
    PORT: String(port),
    BASE_URL: url,
    LOG_LEVEL: 'trace',
    WORKFLOW_BUNDLE: bundleFile,
    WORKER_METRICS_PORT: String(metricsPort),
    TC2_BASE_URL: tc2Server.url,
    PD_BASE_URL: pipedriveServer.url,
    PD_API_MAX_RATE: '1000',
    PD_SEARCH_MAX_RATE: '1000',
    PD_WEBHOOK_USERNAME: 'pipedrive',
    WORKER_SHUTDOWN_GRACE_SECONDS: '1',
  };
  const db = connectDatabase(database.url, 4, 'test');
  const connection = await Connection.connect({ address: temporalAddress });
  const temporal = new Client({ connection, namespace });

  const children: ChildProcess[] = [];
  const printed: Buffer[] = [];
  const run = (name: 'api' | 'worker'): void => {
    const child = spawn(process.execPath, ['--import', 'tsx', path.join(name, 'main.ts')], {
      cwd: projectRoot,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...settings },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => printed.push(chunk));
    children.push(child);
  };
  const printedSoFar = (): string => Buffer.concat(printed).toString('utf8');
  const end = async (): Promise<void> => {
    await Promise.all(
      children.splice(0).map(async (child) => {
        if (child.exitCode !== null) return;
        child.kill('SIGTERM');
        await once(child, 'close');
      }),
    );
  };

  const waiting = async (): Promise<boolean> => {
    const { rows } = (await db.raw(`select
      (select count(*) from webhook where outcome is null and type is not null) +
      (select count(*) from company where wanted_version > 0 and (
        (pipedrive_synced_version < wanted_version and pipedrive_failed_version is distinct from wanted_version) or
        (tc2_synced_version < wanted_version and tc2_failed_version is distinct from wanted_version))) as left`)) as {
      rows: { left: number }[];
    };
    return rows[0]?.left !== 0;
  };

  return {
    url,
    db,
    temporal,
    namespace,
    settings,
    pipedrive,
    tc2,
    google,
    watcher,
    otherSecrets: [
      password,
      sentryKey,
      ...(settings['G_PRIVATE_KEY'] ?? '').split('\n').filter((line) => line.length >= 40),
    ],
    start: async () => {
      run('api');
      run('worker');
      await eventually(
        `Hermes is ready: ${printedSoFar()}`,
        () =>
          fetch(`${url}/readyz`).then(
            ({ ok }) => ok,
            () => false,
          ),
        90_000,
      );
      tc2.settings.webhook = { url: `${url}/tc2/callback/` };
    },
    settled: async () => {
      await tc2.settled();
      await pipedrive.webhooks.delivery.idle();
      await eventually('nothing waits', async () => !(await waiting()), 90_000);
    },
    printed: printedSoFar,
    end,
    close: async () => {
      await end();
      await connection.close();
      await db.destroy();
      await Promise.all([pipedriveServer.close(), tc2Server.close(), googleServer.close(), watcher.close()]);
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
