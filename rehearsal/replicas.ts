/** The processes of a service: as many as docker-compose.yml says, each of which can be killed and comes back. */
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../dev/ports.ts';
import { lastLines, type Child, type Supervisor } from '../dev/supervisor.ts';
import type { ComposeService } from './composeFile.ts';
import { localCommand, localEnvironment, type Machine, type Programs } from './machine.ts';
import { run } from './run.ts';

export interface Replica {
  name: string;
  /** Ports of this process, by the setting that names them. */
  ports: Record<string, number>;
  /** Of the process that runs. */
  pid(): number | undefined;
  running(): boolean;
  start(): void;
  /** SIGKILL, no farewell. */
  kill(): Promise<void>;
  /** SIGTERM, and the patience that the service has. */
  stop(): Promise<void>;
  untilHealthy(): Promise<void>;
}

export interface ReplicaSettings {
  name: string;
  service: ComposeService;
  machine: Machine;
  programs: Programs;
  supervisor: Supervisor;
  projectRoot: string;
  /** What every process here needs besides. */
  base: Record<string, string>;
  /** Settings that name a port: each process gets a free one. */
  portSettings: readonly string[];
}

const healthyWithinMs = 90_000;

const milliseconds = (duration: string | undefined): number => {
  const seconds = /^(\d+)s$/.exec(duration ?? '')?.[1];
  if (seconds === undefined) throw new Error(`a grace period in seconds is expected, not ${duration}`);
  return Number(seconds) * 1000;
};

/** Prepares one process; `start` starts it. */
export const createReplica = async (settings: ReplicaSettings): Promise<Replica> => {
  const { name, service, machine, programs, supervisor, projectRoot, base } = settings;
  const ports: Record<string, number> = {};
  for (const setting of settings.portSettings) ports[setting] = await freePort();
  const portTexts = Object.fromEntries(Object.entries(ports).map(([key, port]) => [key, String(port)]));
  const env = { ...base, ...localEnvironment(service, machine, portTexts) };
  const [command = '', ...args] = localCommand(service, machine, programs);
  const [, checkCommand = '', ...checkArgs] = (service.healthcheck?.test ?? []).flatMap(
    (part) => programs[part] ?? [part],
  );
  const check = checkArgs.map((part) =>
    Object.entries(ports).reduce(
      (text, [setting, port]) => text.replace(`:${service.environment[setting]}/`, `:${port}/`),
      part,
    ),
  );
  let child: Child | null = null;
  const running = (): boolean => child?.running() ?? false;
  /** The service's own health check. */
  const isHealthy = async (): Promise<boolean> => {
    if (!running()) return false;
    try {
      await run(checkCommand, check, { cwd: projectRoot, env });
      return true;
    } catch {
      return false;
    }
  };
  return {
    name,
    ports,
    pid: () => (running() ? child?.pid : undefined),
    running,
    start: () => {
      if (running()) return;
      child = supervisor.start({
        name,
        command,
        args,
        env,
        cwd: projectRoot,
        stage: 'hermes',
        // It is killed on purpose.
        oneShot: true,
        graceMs: milliseconds(service.stop_grace_period),
      });
    },
    kill: async () => {
      if (child === null || !running() || child.pid === undefined) return;
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
    },
    stop: async () => {
      if (child !== null) await supervisor.stopChild(child);
    },
    untilHealthy: async () => {
      const deadline = performance.now() + healthyWithinMs;
      while (!(await isHealthy())) {
        if (child === null || !running() || performance.now() > deadline) {
          const log = child === null ? '' : lastLines(child.logFile, 10).join('\n');
          throw new Error(`${name} does not become healthy:\n${log}`);
        }
        await pause(200);
      }
    },
  };
};

/** Runs a service that ends by itself. @throws Error with the end of its log when it fails */
export const runJob = async (settings: Omit<ReplicaSettings, 'portSettings'>): Promise<void> => {
  const { name, service, machine, programs, supervisor, projectRoot, base } = settings;
  const [command = '', ...args] = localCommand(service, machine, programs);
  const child = supervisor.start({
    name,
    command,
    args,
    env: { ...base, ...localEnvironment(service, machine) },
    cwd: projectRoot,
    oneShot: true,
  });
  const { code } = await child.exited;
  if (code !== 0) throw new Error(`${name} failed:\n${lastLines(child.logFile, 10).join('\n')}`);
};
