/**
 * The whole of Hermes for a test file: a database and a namespace of its own, the sandboxes, the API and a worker, all talking over HTTP
 * as in production. `useHermes` starts and stops it around the tests of a `describe`; `reset` between tests empties the records and the
 * sandboxes.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { Runtime, type WorkflowBundleOption } from '@temporalio/worker';
import { startApi, type RunningApi } from '../../api/start.ts';
import { createPipedriveClient } from '../../clients/pipedrive/client.ts';
import { applyConfiguration } from '../../configuration/apply.ts';
import { defaultsOf } from '../../configuration/defaults.ts';
import { connectDatabase, type Database } from '../../db/connection.ts';
import { readEnvironment, type Environment } from '../../environment/environment.ts';
import { createLogger, type Logger } from '../../observability/logger.ts';
import { demoAccount, demoExtraAttrs, demoTc2Admins } from '../../sandbox/demo/account.ts';
import { createGoogleSandbox, type GoogleSandbox } from '../../sandbox/google/index.ts';
import { demoCalendars } from '../../sandbox/demo/account.ts';
import { createPipedriveSandbox, type PipedriveSandbox } from '../../sandbox/pipedrive/index.ts';
import { createTc2Sandbox, type Tc2Sandbox } from '../../sandbox/tc2/index.ts';
import { lazyClient } from '../../temporal/connection.ts';
import { dataConverterOf } from '../../temporal/dataConverter.ts';
import { companySyncId } from '../../workflows/names.ts';
import { temporalLogger, workflowBundle } from '../../worker/bundle.ts';
import { startWorker, type RunningWorker } from '../../worker/start.ts';
import { createTestDatabase } from './database.ts';
import { createTestNamespace } from './namespace.ts';
import { stack } from './stack.ts';

export interface HermesOptions {
  /** Settings besides those that the harness needs. */
  environment?: Record<string, string>;
  /** A worker is running unless told otherwise; `startWorker` starts one later. */
  worker?: boolean;
  /** Multiplies the waits of an outage; 1 unless told. */
  waitScale?: number;
}

export interface TestHermes {
  environment: Environment;
  /** http://127.0.0.1:port of the API. */
  url: string;
  db: Database;
  databaseUrl: string;
  namespace: string;
  temporal: Client;
  pipedrive: PipedriveSandbox;
  tc2: Tc2Sandbox;
  google: GoogleSandbox;
  logger: Logger;
  startWorker(): Promise<RunningWorker>;
  stopWorker(): Promise<void>;
  /** Applies a configuration file's text. */
  configure(yaml: string): Promise<void>;
  /** Resolves when no webhook waits, no run is open but parked ones, and no company is behind. */
  quiet(): Promise<void>;
  /** Empties records, inbox and sandboxes, and configures the demo account anew. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

/** Asks until the answer is true; fails with a sentence after the deadline. */
export const eventually = async (
  what: string,
  condition: () => Promise<boolean> | boolean,
  timeoutMs = 20_000,
): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await pause(25);
  }
};

const demoConfiguration = fileURLToPath(new URL('../../sandbox/demo/config.yaml', import.meta.url));

const logger = createLogger({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent', process: 'test' });

let installed = false;
/** The SDK's runtime with the tests' logger: silent unless TEST_LOG_LEVEL says otherwise. */
export const installRuntime = (): void => {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: temporalLogger(
      logger.child({ part: 'temporal' }, { level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
    ),
    shutdownSignals: [],
  });
};

let bundled: Promise<WorkflowBundleOption> | undefined;
/** The workflow bundle, built once per test process. */
export const testBundle = (): Promise<WorkflowBundleOption> => (bundled ??= workflowBundle(logger));

/** Tables that a reset empties. */
const records =
  'webhook, company, contact, deal, meeting, remote_record, create_intent, api_call, api_window, api_budget, field_change, custom_field_value, custom_field, pipedrive_field, pipedrive_field_definition, reconcile_page, lost_ids, config, pipeline, stage, admin';

/** Starts everything. */
export const startHermes = async (options: HermesOptions = {}): Promise<TestHermes> => {
  installRuntime();
  const [database, namespace, { temporalAddress }] = await Promise.all([
    createTestDatabase(),
    createTestNamespace(),
    stack(),
  ]);
  const pipedrive = createPipedriveSandbox({ campaigns: true });
  pipedrive.seed(demoAccount);
  const tc2 = createTc2Sandbox({
    admins: demoTc2Admins,
    extraAttrs: demoExtraAttrs,
    settings: { rateLimit: null, retryScale: 0.01 },
  });
  const google = createGoogleSandbox({ users: demoCalendars });
  const [pipedriveServer, tc2Server, googleServer] = await Promise.all([
    pipedrive.listen(),
    tc2.listen(),
    google.listen(),
  ]);
  const environment = readEnvironment({
    DATABASE_URL: database.url,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'silent',
    TC2_API_KEY: 'tc2-sandbox-key',
    TC2_BASE_URL: tc2Server.url,
    TC2_API_MAX_RATE: '10000',
    PD_API_KEY: 'pd-sandbox-key',
    PD_BASE_URL: pipedriveServer.url,
    PD_API_MAX_RATE: '1000',
    PD_SEARCH_MAX_RATE: '1000',
    SIGNING_KEY: 'test-signing-key',
    WORKER_SHUTDOWN_GRACE_SECONDS: '1',
    ...google.env(googleServer.url),
    ...options.environment,
  });
  pipedrive.settings.searchBurstLimit = 1_000_000;
  pipedrive.settings.searchLagMs = 0;
  const db = connectDatabase(environment.DATABASE_URL, 10, 'hermes-test');
  const dataConverter = dataConverterOf(environment.TEMPORAL_PAYLOAD_KEYS);
  const address = { connectionOptions: { address: temporalAddress }, namespace, dataConverter };
  const bundle = await (dataConverter === undefined ? testBundle() : workflowBundle(logger, undefined, true));
  const temporal = lazyClient(address);

  const configure = async (yaml: string, on: Database = db): Promise<void> => {
    const applied = await applyConfiguration({
      db: on,
      text: yaml,
      dryRun: false,
      pipedrive: createPipedriveClient({
        baseUrl: environment.PD_BASE_URL,
        apiToken: environment.PD_API_KEY ?? '',
      }),
      defaults: defaultsOf(environment),
    });
    if (applied.faults.length > 0) throw new Error(JSON.stringify(applied.faults));
  };
  const configureDemo = async (on?: Database): Promise<void> =>
    configure(await readFile(demoConfiguration, 'utf8'), on);
  await configureDemo();

  const api: RunningApi = await startApi(environment, temporal.client, logger);
  const url = `http://127.0.0.1:${api.port}`;
  tc2.settings.webhook = { url: `${url}/tc2/callback/` };

  let worker: RunningWorker | undefined;
  const start = async (): Promise<RunningWorker> => {
    worker = await startWorker({
      environment,
      temporal: address,
      logger,
      bundle,
      background: { relayEveryMs: 250, sweepEveryMs: 1000 },
      waitScale: options.waitScale,
    });
    return worker;
  };
  if (options.worker !== false) await start();

  const openRuns = async (): Promise<WorkflowExecutionInfo[]> => {
    const runs: WorkflowExecutionInfo[] = [];
    for await (const run of temporal.client.workflow.list({ query: `ExecutionStatus = 'Running'` }))
      runs.push(run);
    return runs;
  };

  const isQuiet = async (): Promise<boolean> => {
    const waiting = await db('webhook').whereNull('outcome').whereNotNull('type').first('id');
    if (waiting !== undefined) return false;
    const behind = await db('company')
      .whereRaw(
        `wanted_version > 0 and (
          (pipedrive_synced_version < wanted_version and pipedrive_failed_version is distinct from wanted_version) or
          (tc2_synced_version < wanted_version and tc2_failed_version is distinct from wanted_version))`,
      )
      .first('id');
    if (behind !== undefined) return false;
    const parked = new Set(await db('webhook').where({ outcome: 'parked' }).pluck<string[]>('workflow_id'));
    return (await openRuns()).every(({ workflowId }) => parked.has(workflowId));
  };

  return {
    environment,
    url,
    db,
    databaseUrl: environment.DATABASE_URL,
    namespace,
    temporal: temporal.client,
    pipedrive,
    tc2,
    google,
    logger,
    startWorker: start,
    stopWorker: async () => {
      await worker?.stop();
      worker = undefined;
    },
    configure,
    quiet: async () => {
      await tc2.settled();
      await eventually('Hermes is quiet', isQuiet, 90_000);
    },
    reset: async () => {
      for (const { workflowId } of await openRuns()) {
        await temporal.client.workflow
          .getHandle(workflowId)
          .terminate('the test is over')
          .catch(() => undefined);
      }
      // What the last test left running must never see, and keep for seconds, a database without its configuration.
      await db.transaction(async (trx) => {
        await trx.raw(`truncate ${records} restart identity cascade`);
        pipedrive.reset();
        pipedrive.seed(demoAccount);
        pipedrive.requests.clear();
        pipedrive.faults.clear();
        pipedrive.settings.searchBurstLimit = 1_000_000;
        tc2.reset();
        tc2.requests.clear();
        tc2.faults.clear();
        tc2.settings.webhook = { url: `${url}/tc2/callback/` };
        google.reset();
        await configureDemo(trx);
      });
      pipedrive.requests.clear();
    },
    stop: async () => {
      await api.stop();
      await worker?.stop();
      await temporal.close();
      await db.destroy();
      await Promise.all([pipedriveServer.close(), tc2Server.close(), googleServer.close()]);
      await database.drop();
    },
  };
};

/**
 * Hermes for the tests of a `describe`, started before them and stopped after them. Call it in the body of the `describe`; what it holds
 * is there from the first `before` below the call.
 */
export const useHermes = (options: HermesOptions = {}): TestHermes => {
  const used = {} as TestHermes;
  let started: TestHermes | undefined;
  before(async () => {
    started = await startHermes(options);
    Object.assign(used, started);
  });
  after(() => started?.stop());
  return used;
};

/** The result of a run, or the failure's type when it failed. */
export const runOf = async (hermes: TestHermes, workflowId: string) =>
  hermes.temporal.workflow.getHandle(workflowId).describe();

export { companySyncId };
