/**
 * The services of docker-compose.yml as processes of this machine: the same order, settings, scripts, secrets in files and health checks;
 * the real Temporal server on PostgreSQL. The peers are the sandboxes.
 */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectDatabase, type Database } from '../db/connection.ts';
import { freePort } from '../dev/ports.ts';
import { startPostgres } from '../dev/postgres.ts';
import { createSupervisor, type Supervisor } from '../dev/supervisor.ts';
import { openAccounts, type Accounts } from './accounts.ts';
import { readComposeFile, type ComposeFile, type ComposeService } from './composeFile.ts';
import { localEnvironment, type Machine, type Programs } from './machine.ts';
import { startProxy, type Proxy } from './proxy.ts';
import { createReplica, runJob, type Replica } from './replicas.ts';
import { makeRoles } from './roles.ts';
import { run } from './run.ts';
import { makeSecrets } from './secrets.ts';
import { obtainTemporalPrograms, type TemporalPrograms } from './temporalPrograms.ts';
import { createTemporalServer, smallFreePort, type TemporalServer } from './temporalServer.ts';

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
  temporal: TemporalServer;
  folder: string;
  /** Runs a job of docker-compose.yml. @param variables what `.env` says otherwise than at the start */
  job: (name: string, variables?: Record<string, string>) => Promise<void>;
  /** Further processes of a service. @param variables likewise */
  replicas: (name: string, count: number, variables: Record<string, string>) => Promise<Replica[]>;
  /** The command line of Temporal. @returns what it says */
  cli: (...args: string[]) => Promise<string>;
  close: () => Promise<void>;
  /** Stops everything, and keeps data and logs. @returns where */
  closeKeeping: () => Promise<string>;
}

const hermesPorts: Record<string, readonly string[]> = {
  api: ['PORT'],
  worker: ['WORKER_HEALTH_PORT', 'WORKER_METRICS_PORT'],
};

export interface SetUpOptions {
  say: (line: string) => void;
  /** Settings of `.env` and secrets that differ from the accounts'. */
  settings?: Record<string, string>;
  secrets?: Record<string, string>;
}

/** Under a name that is not removed at the end. @returns it */
const keep = (folder: string): string => {
  const kept = `${folder}-failed`;
  renameSync(folder, kept);
  return kept;
};

interface Ground {
  temporalPrograms: TemporalPrograms;
  supervisor: Supervisor;
  accounts: Accounts;
  folder: string;
}

const bringUp = async (
  { temporalPrograms, supervisor, accounts, folder }: Ground,
  { say, settings = {}, secrets = {} }: SetUpOptions,
): Promise<Rehearsal> => {
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
  await makeRoles(postgres.url('postgres'), machine.secretsFolder);

  say('temporal-schema, twice');
  await job('temporal-schema');
  await job('temporal-schema');

  say('temporal');
  const server = await createTemporalServer({
    service: serviceNamed('temporal'),
    machine,
    programs,
    supervisor,
    base,
    folder,
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
  accounts.tc2.settings.webhook = { url: `${proxy.url}/tc2/callback/` };
  const stop = async (): Promise<void> => {
    await proxy.close();
    await db.destroy();
    await supervisor.stop();
    await accounts.close();
  };
  return {
    compose,
    accounts,
    db,
    postgresPid: postgres.child.pid,
    proxy,
    apis,
    workers,
    temporal: server,
    folder,
    job,
    replicas,
    cli: (...args) => {
      const namespace = compose.services['worker']?.environment['TEMPORAL_NAMESPACE'] ?? 'default';
      return run(temporalPrograms.cli, args, {
        env: { ...base, TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: namespace },
      });
    },
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
    closeKeeping: async () => {
      await stop();
      return keep(folder);
    },
  };
};

/**
 * Sets everything up as `docker compose up --wait` does; all is healthy when it resolves.
 *
 * @throws Error with the end of a log when something does not come up; data and logs are kept where it says
 */
export const setUp = async (options: SetUpOptions): Promise<Rehearsal> => {
  const temporalPrograms = await obtainTemporalPrograms({ projectRoot, env: process.env, say: options.say });
  const folder = mkdtempSync(path.join(tmpdir(), 'hermes-rehearsal-'));
  chmodSync(folder, 0o755); // PostgreSQL may have to run as another user
  const supervisor = createSupervisor({ logFolder: path.join(folder, 'logs') });
  supervisor.removeAtEnd(folder);
  const accounts = await openAccounts();
  try {
    return await bringUp({ temporalPrograms, supervisor, accounts, folder }, options);
  } catch (error) {
    await supervisor.stop();
    await accounts.close();
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\nData and logs are in ${keep(folder)}.`, { cause: error });
  }
};
