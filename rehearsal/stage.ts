/**
 * The services of docker-compose.yml as processes of this machine: the same order, settings, scripts, secrets in files and health checks;
 * the real Temporal server on PostgreSQL. The peers are the sandboxes.
 */
import { randomInt } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { connectDatabase, type Database } from '../db/connection.ts';
import { freePort, isPortFree } from '../dev/ports.ts';
import { startPostgres } from '../dev/postgres.ts';
import { createSupervisor, lastLines, type Child, type Supervisor } from '../dev/supervisor.ts';
import { temporalServes } from '../dev/temporal.ts';
import { openAccounts, type Accounts } from './accounts.ts';
import { readComposeFile, type ComposeFile, type ComposeService } from './composeFile.ts';
import { localCommand, localEnvironment, type Machine, type Programs } from './machine.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { createReplica, runJob, type Replica } from './replicas.ts';
import { run } from './run.ts';
import { obtainTemporalPrograms } from './temporalPrograms.ts';

const projectRoot = fileURLToPath(new URL('..', import.meta.url));

export interface Rehearsal {
  compose: ComposeFile;
  accounts: Accounts;
  db: Database;
  /** Of PostgreSQL's first process. */
  postgresPid: number | undefined;
  proxy: Proxy;
  apis: readonly Replica[];
  workers: readonly Replica[];
  temporal: {
    address: string;
    metrics: string;
    pid: () => number | undefined;
    kill: () => Promise<void>;
    start: () => Promise<void>;
  };
  /** Settings of a Hermes process of this stage, secrets included. */
  environment: Record<string, string>;
  folder: string;
  /** Runs a job of docker-compose.yml. @param variables what `.env` says otherwise than at the start */
  job: (name: string, variables?: Record<string, string>) => Promise<void>;
  /** Further processes of a service. @param variables likewise */
  replicas: (name: string, count: number, variables: Record<string, string>) => Promise<Replica[]>;
  /** The command line of Temporal. @returns what it says */
  cli: (...args: string[]) => Promise<string>;
  close: () => Promise<void>;
}

const temporalPorts = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'].flatMap((part) => [
  `${part}_GRPC_PORT`,
  `${part}_MEMBERSHIP_PORT`,
]);

/** The server keeps its members' ports in a column of type smallint. */
const smallFreePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    if (await isPortFree(port)) return port;
  }
};

const hermesPorts: Record<string, readonly string[]> = {
  api: ['PORT'],
  worker: ['WORKER_HEALTH_PORT', 'WORKER_METRICS_PORT'],
};

/** Makes the folder of secrets with the script that docs/deploying.md names. */
const makeSecrets = async (
  folder: string,
  known: Record<string, string>,
  env: Record<string, string>,
): Promise<void> => {
  mkdirSync(folder);
  for (const [name, value] of Object.entries(known)) writeFileSync(path.join(folder, name), `${value}\n`);
  await run('sh', ['ops/make-secrets.sh', folder], { cwd: projectRoot, env });
  // PostgreSQL may run as another user here, and Compose would hand it the single files.
  chmodSync(folder, 0o755);
};

const makeRoles = async (superuserUrl: string, machine: Machine): Promise<void> => {
  const file = path.join(projectRoot, 'ops', 'postgres', 'roles.sql');
  const statements = readFileSync(file, 'utf8').replaceAll('/run/secrets', machine.secretsFolder);
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (const statement of statements.split('\n\n')) await client.query(statement);
  } finally {
    await client.end();
  }
};

const startTemporalServer = (options: {
  supervisor: Supervisor;
  service: ComposeService;
  machine: Machine;
  programs: Programs;
  base: Record<string, string>;
  ports: Record<string, string>;
}): { start(): Promise<void>; kill(): Promise<void>; pid(): number | undefined } => {
  const { supervisor, service, machine, programs, base, ports } = options;
  const [command = '', ...args] = localCommand(service, machine, programs);
  let child: Child | null = null;
  return {
    pid: () => child?.pid,
    start: async () => {
      child = supervisor.start({
        name: 'temporal',
        command,
        args,
        env: { ...base, ...localEnvironment(service, machine, ports) },
        cwd: base['TMPDIR'] ?? projectRoot,
        oneShot: true,
        graceMs: 30_000,
      });
      const deadline = performance.now() + 90_000;
      while (!(await temporalServes(`127.0.0.1:${machine.temporalPort}`))) {
        if (!child.running() || performance.now() > deadline)
          throw new Error(`Temporal does not serve:\n${lastLines(child.logFile, 3).join('\n').slice(-2000)}`);
        await pause(100);
      }
    },
    kill: async () => {
      if (child?.pid === undefined || !child.running()) return;
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
    },
  };
};

export interface SetUpOptions {
  say: (line: string) => void;
  /** Settings of `.env` and secrets that differ from the accounts'. */
  settings?: Record<string, string>;
  secrets?: Record<string, string>;
}

/** Sets everything up as `docker compose up --wait` does; all is healthy when it resolves. */
export const setUp = async ({ say, settings = {}, secrets = {} }: SetUpOptions): Promise<Rehearsal> => {
  const temporalPrograms = await obtainTemporalPrograms({ projectRoot, env: process.env, say });
  const folder = mkdtempSync(path.join(tmpdir(), 'hermes-rehearsal-'));
  chmodSync(folder, 0o755); // PostgreSQL may have to run as another user
  const supervisor = createSupervisor({ logFolder: path.join(folder, 'logs') });
  supervisor.removeAtEnd(folder);
  const bin = path.join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(temporalPrograms.cli, path.join(bin, 'temporal'));
  symlinkSync(temporalPrograms.sqlTool, path.join(bin, 'temporal-sql-tool'));
  symlinkSync(temporalPrograms.server, path.join(bin, 'temporal-server'));
  const node = [process.execPath, '--import', 'tsx'];
  const programs: Programs = { node, '/etc/temporal/entrypoint.sh': ['temporal-server', 'start'] };
  const bundle = path.join(folder, 'workflow-bundle.js');
  const base = {
    PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`,
    HOME: folder,
    TMPDIR: folder,
    // The image has one, too.
    WORKFLOW_BUNDLE: bundle,
  };

  say('secrets, and the sandboxes as accounts');
  const accounts = await openAccounts();
  const machine: Machine = {
    postgresPort: await freePort(),
    temporalPort: await smallFreePort(),
    secretsFolder: path.join(folder, 'secrets'),
    opsFolder: path.join(projectRoot, 'ops', 'temporal'),
  };
  await makeSecrets(machine.secretsFolder, { ...accounts.secrets, ...secrets }, base);
  const given = { ...accounts.settings, ...settings };
  const compose = readComposeFile(given);
  const serviceNamed = (name: string, variables: Record<string, string> = {}): ComposeService => {
    const service = readComposeFile({ ...given, ...variables }).services[name];
    if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
    return service;
  };
  let hermesSettings: Record<string, string> = given;
  const processBase = (service: ComposeService): Record<string, string> => ({
    ...base,
    ...(service.image.startsWith('hermes:') ? hermesSettings : {}),
  });
  const job: Rehearsal['job'] = async (name, variables) => {
    const service = serviceNamed(name, variables);
    const common = { machine, programs, supervisor, projectRoot };
    await runJob({ ...common, name, service, base: processBase(service) });
  };

  say('postgres');
  const postgres = await startPostgres({
    supervisor,
    dataFolder: path.join(folder, 'postgres'),
    projectRoot,
    port: machine.postgresPort,
    durable: true,
    database: 'postgres',
    superuser: 'postgres',
  });
  await makeRoles(postgres.url('postgres'), machine);

  say('temporal-schema, twice');
  await job('temporal-schema');
  await job('temporal-schema');

  say('temporal');
  const ports: Record<string, string> = { PROMETHEUS_ENDPOINT: `127.0.0.1:${await freePort()}` };
  for (const name of [...temporalPorts, 'FRONTEND_HTTP_PORT', 'INTERNAL_FRONTEND_HTTP_PORT'])
    ports[name] = String(await smallFreePort());
  ports['FRONTEND_GRPC_PORT'] = String(machine.temporalPort);
  const server = startTemporalServer({
    supervisor,
    service: serviceNamed('temporal'),
    machine,
    programs,
    base,
    ports,
  });
  await server.start();
  say('temporal-namespace, twice');
  await job('temporal-namespace');
  await job('temporal-namespace');

  say('migrate, and the demonstration configuration');
  await job('migrate');
  const migrate = serviceNamed('migrate');
  const tsx = ['--import', 'tsx'];
  await run(process.execPath, [...tsx, 'cli/main.ts', 'config', 'apply', 'sandbox/demo/config.yaml'], {
    cwd: projectRoot,
    env: { ...processBase(migrate), ...localEnvironment(migrate, machine) },
  });
  await run(process.execPath, [...tsx, 'worker/writeBundle.ts', bundle], { cwd: projectRoot, env: base });

  const replicas: Rehearsal['replicas'] = (name, count, variables) => {
    const service = serviceNamed(name, variables);
    const portSettings = hermesPorts[name.split('-')[0] ?? ''] ?? [];
    const common = { service, machine, programs, supervisor, projectRoot, portSettings };
    return Promise.all(
      Array.from({ length: count }, (_, index) =>
        createReplica({
          ...common,
          name: `${name}-${service.environment['WORKER_BUILD_ID'] ?? 'release'}-${index + 1}`,
          base: processBase(service),
        }),
      ),
    );
  };
  const count = (name: string): number => compose.services[name]?.deploy.replicas ?? 1;
  const apis = await replicas('api', count('api'), {});
  const proxy = await startProxy(apis.map(({ ports: { PORT: port } }) => port ?? 0));
  hermesSettings = { ...hermesSettings, BASE_URL: proxy.url };
  const workers = await replicas('worker', count('worker'), {});
  say(`${apis.length} x api, ${workers.length} x worker`);
  for (const replica of [...apis, ...workers]) replica.start();
  await Promise.all([...apis, ...workers].map((replica) => replica.untilHealthy()));
  say('first-release');
  await job('first-release');
  await job('first-release');

  const password = readFileSync(path.join(machine.secretsFolder, 'hermes_db_password'), 'utf8').trim();
  const databaseUrl = `postgresql://hermes:${password}@127.0.0.1:${machine.postgresPort}/hermes`;
  const db = connectDatabase(databaseUrl, 4, 'rehearsal');
  const address = `127.0.0.1:${machine.temporalPort}`;
  accounts.tc2.settings.webhook = { url: `${proxy.url}/tc2/callback/` };
  return {
    compose,
    accounts,
    db,
    postgresPid: postgres.child.pid,
    proxy,
    apis,
    workers,
    temporal: { address, metrics: ports['PROMETHEUS_ENDPOINT'] ?? '', ...server },
    environment: {
      ...hermesSettings,
      DATABASE_URL: databaseUrl,
      PD_API_KEY: accounts.secrets['pd_api_key'] ?? '',
      TC2_API_KEY: accounts.secrets['tc2_api_key'] ?? '',
    },
    folder,
    job,
    replicas,
    cli: (...args) => {
      const namespace = compose.services['worker']?.environment['TEMPORAL_NAMESPACE'] ?? 'default';
      return run(temporalPrograms.cli, args, {
        env: { ...base, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
      });
    },
    close: async () => {
      await proxy.close();
      await db.destroy();
      await supervisor.stop();
      await accounts.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
