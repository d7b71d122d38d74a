/** Starts the parts of the stack in the order that their needs allow, as much as possible at the same time. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ensureServiceAccount } from '../sandbox/google/serviceAccount.ts';
import { taskQueues } from '../temporal/taskQueues.ts';
import { lazyClient, temporalAddress } from '../temporal/connection.ts';
import { ensureDemoOperator, type DemoLogin } from './operator.ts';
import { startPostgres } from './postgres.ts';
import { stackEnvironment, type StackSettings } from './settings.ts';
import { describeExit, lastLines, type Child, type ChildSpec, type Supervisor } from './supervisor.ts';
import { startTemporal } from './temporal.ts';
import { answers, until } from './until.ts';

export interface StartOptions {
  readonly settings: StackSettings;
  readonly supervisor: Supervisor;
  /** The Temporal server's program; undefined when TEMPORAL_ADDRESS is given. */
  readonly temporalBinary: string | undefined;
  readonly say: (line: string) => void;
  /** Called after each start of a process. */
  readonly onChild: () => void;
}

/** Addresses for a person to open, and the environment for a command that is to work on this stack. */
export interface RunningStack {
  readonly addresses: {
    readonly api: string;
    readonly temporalUi?: string;
    readonly pipedrive: string;
    readonly tc2: string;
    readonly google: string;
  };
  readonly environment: Record<string, string>;
  /** Undefined with somebody's own database: its operators are theirs. */
  readonly login?: DemoLogin;
}

const tsx = (entry: string, ...args: string[]): Pick<ChildSpec, 'command' | 'args'> => ({
  command: process.execPath,
  args: ['--import', 'tsx', entry, ...args],
});

/** Runs a step to its end. @throws Error naming its log when it fails */
const runStep = async (supervisor: Supervisor, spec: ChildSpec): Promise<void> => {
  const child = supervisor.start({ ...spec, oneShot: true });
  const exit = await child.exited;
  if (exit.code === 0) return;
  const log = lastLines(child.logFile, 10).join('\n');
  throw new Error(`${spec.name} failed (${describeExit(exit)}), see ${child.logFile}:\n${log}`);
};

const demoConfiguration = 'sandbox/demo/config.yaml';

/** The demo configuration is applied once to a database, and again when it changed: people try out their own meanwhile. */
const applyDemoConfiguration = async (
  settings: StackSettings,
  run: (spec: Omit<ChildSpec, 'env' | 'cwd'>) => Promise<void>,
): Promise<void> => {
  const hash = createHash('sha256')
    .update(readFileSync(path.join(settings.projectRoot, demoConfiguration)))
    .digest('hex');
  const marker = path.join(settings.stateFolder, 'demo-configuration');
  let applied = '';
  try {
    applied = readFileSync(marker, 'utf8');
  } catch {
    // Never applied.
  }
  if (applied === hash) return;
  await run({ name: 'config-apply', ...tsx('cli/main.ts', 'config', 'apply', demoConfiguration) });
  writeFileSync(marker, hash);
};

/** Whether a worker polls the workflow queue; the server knows it as soon as the first poll arrives. */
const workerPolls = (
  settings: StackSettings,
  environment: Record<string, string>,
): { check: () => Promise<boolean>; close: () => Promise<void> } => {
  const address = temporalAddress({ ...settings.given, ...environment });
  const temporal = lazyClient(address);
  return {
    check: async () => {
      const { pollers } = await temporal.client.workflowService.describeTaskQueue({
        namespace: address.namespace,
        taskQueue: { name: taskQueues.hermes },
        taskQueueType: 1, // workflow tasks
      });
      return (pollers?.length ?? 0) > 0;
    },
    close: () => temporal.close(),
  };
};

/**
 * Starts everything and waits until it is ready.
 *
 * @throws Error with a sentence for a person; the supervisor then has to be stopped
 */
export const startStack = async (options: StartOptions): Promise<RunningStack> => {
  const { settings, supervisor, say, onChild } = options;
  const { ports, projectRoot, stateFolder } = settings;
  const begin = performance.now();
  const ready = (what: string): void => {
    say(`  ${((performance.now() - begin) / 1000).toFixed(1).padStart(5)} s  ${what}`);
  };
  const sandboxFolder = path.join(stateFolder, 'sandbox');
  mkdirSync(sandboxFolder, { recursive: true });
  const serviceAccount = await ensureServiceAccount(sandboxFolder);

  const environmentWith = (databaseUrl: string): Record<string, string> =>
    stackEnvironment(settings, { databaseUrl, serviceAccount });
  const start = (spec: ChildSpec, environment: Record<string, string>): Child => {
    const child = supervisor.start({ ...spec, cwd: projectRoot, env: { ...process.env, ...environment } });
    onChild();
    return child;
  };

  const database = async (): Promise<string> => {
    const url = settings.ownPostgres
      ? await ownDatabase(options, ready)
      : (settings.given['DATABASE_URL'] ?? '');
    onChild();
    const env = { ...process.env, ...environmentWith(url) };
    await runStep(supervisor, {
      name: 'db-migrate',
      ...tsx('cli/main.ts', 'db', 'migrate'),
      cwd: projectRoot,
      env,
    });
    ready('database migrated');
    return url;
  };

  const temporal = async (): Promise<void> => {
    if (options.temporalBinary === undefined) return;
    await startTemporal({
      supervisor,
      binary: options.temporalBinary,
      port: ports.temporal,
      uiPort: ports.temporalUi,
      databaseFile: path.join(stateFolder, 'temporal.db'),
    });
    onChild();
    ready('Temporal and its Web UI');
  };

  const sandbox = async (): Promise<void> => {
    // The sandbox needs no database; the address is only known later.
    start({ name: 'sandbox', ...tsx('sandbox/main.ts') }, environmentWith(''));
    for (const port of [ports.pipedrive, ports.tc2, ports.google]) {
      await until(() => answers(`http://127.0.0.1:${port}/`), `The sandbox does not answer at port ${port}.`);
    }
    ready('sandboxes of Pipedrive, TutorCruncher and Google');
  };

  const [databaseUrl] = await Promise.all([database(), temporal(), sandbox()]);
  const environment = environmentWith(databaseUrl);
  const env = { ...process.env, ...environment };

  // Somebody's own database has somebody's own configuration, and operators.
  let login: DemoLogin | undefined;
  if (settings.ownPostgres) {
    login = await ensureDemoOperator(stateFolder, databaseUrl);
    await applyDemoConfiguration(settings, (spec) => runStep(supervisor, { ...spec, cwd: projectRoot, env }));
    ready('demo configuration');
  } else {
    say('DATABASE_URL is given: the demo configuration is not applied to it.');
  }

  start({ name: 'worker', ...tsx('worker/main.ts'), stage: 'hermes', graceMs: 30_000 }, environment);
  start({ name: 'api', ...tsx('api/main.ts'), stage: 'hermes', graceMs: 30_000 }, environment);
  const polls = workerPolls(settings, environment);
  await Promise.all([
    until(
      () => answers(`http://127.0.0.1:${ports.api}/readyz`, [200]),
      `The API is not ready, see ${path.join(settings.logFolder, 'api.log')}.`,
    ).then(() => ready('API')),
    until(polls.check, `The worker is not ready, see ${path.join(settings.logFolder, 'worker.log')}.`).then(
      () => ready('worker'),
    ),
  ]);
  // Only now: a call that is being repeated when its connection is closed throws where nobody can catch it.
  await polls.close();

  const temporalUi = environment['TEMPORAL_UI_URL'] ?? settings.given['TEMPORAL_UI_URL'];
  return {
    addresses: {
      api: `http://localhost:${ports.api}`,
      ...(temporalUi === undefined ? {} : { temporalUi }),
      pipedrive: `http://localhost:${ports.pipedrive}`,
      tc2: `http://localhost:${ports.tc2}`,
      google: `http://localhost:${ports.google}`,
    },
    environment,
    ...(login === undefined ? {} : { login }),
  };
};

const ownDatabase = async (options: StartOptions, ready: (what: string) => void): Promise<string> => {
  const { settings, supervisor, say } = options;
  const wanted = path.join(settings.stateFolder, 'postgres');
  const postgres = await startPostgres({
    supervisor,
    dataFolder: wanted,
    projectRoot: settings.projectRoot,
    port: settings.ports.postgres,
    durable: true,
    database: 'hermes',
  });
  if (postgres.dataFolder !== wanted) {
    say(
      `PostgreSQL must not run as root and its user cannot reach ${wanted}: its data are in ${postgres.dataFolder}.`,
    );
  }
  ready('PostgreSQL');
  return postgres.url('hermes');
};
