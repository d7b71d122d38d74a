/** The service `temporal`: the real server, which can be killed and comes back on its data. */
import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, isPortFree } from '../dev/ports.ts';
import { lastLines, type Child, type Supervisor } from '../dev/supervisor.ts';
import { temporalServes } from '../dev/temporal.ts';
import type { ComposeService } from './composeFile.ts';
import { localCommand, localEnvironment, type Machine, type Programs } from './machine.ts';

export interface TemporalServer {
  address: string;
  /** Where its metrics are read: host and port. */
  metrics: string;
  pid: () => number | undefined;
  /** Resolves when it serves. */
  start: () => Promise<void>;
  /** SIGKILL, no farewell. */
  kill: () => Promise<void>;
}

const parts = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'];

/** A container has these ports to itself; a process needs free ones. */
const portSettings = [
  ...parts.flatMap((part) => [`${part}_GRPC_PORT`, `${part}_MEMBERSHIP_PORT`]),
  'FRONTEND_HTTP_PORT',
  'INTERNAL_FRONTEND_HTTP_PORT',
];

const servesWithinMs = 90_000;

/** The server keeps its members' ports in a column of type smallint. */
export const smallFreePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(12_000, 32_000);
    if (await isPortFree(port)) return port;
  }
};

/** Prepares it; `start` starts it. */
export const createTemporalServer = async (options: {
  service: ComposeService;
  machine: Machine;
  programs: Programs;
  supervisor: Supervisor;
  base: Record<string, string>;
  /** Where it runs. */
  folder: string;
}): Promise<TemporalServer> => {
  const { service, machine, programs, supervisor, base, folder } = options;
  const address = `127.0.0.1:${machine.temporalPort}`;
  const metrics = `127.0.0.1:${await freePort()}`;
  const ports: Record<string, string> = { PROMETHEUS_ENDPOINT: metrics };
  for (const name of portSettings) ports[name] = String(await smallFreePort());
  ports['FRONTEND_GRPC_PORT'] = String(machine.temporalPort);
  const env = { ...base, ...localEnvironment(service, machine, ports) };
  const [command = '', ...args] = localCommand(service, machine, programs);
  let child: Child | null = null;
  return {
    address,
    metrics,
    pid: () => child?.pid,
    start: async () => {
      // It is killed on purpose: that is no crash.
      const spec = { name: 'temporal', command, args, env, cwd: folder, oneShot: true, graceMs: 30_000 };
      const started = supervisor.start(spec);
      child = started;
      const deadline = performance.now() + servesWithinMs;
      while (!(await temporalServes(address))) {
        if (!started.running() || performance.now() > deadline)
          throw new Error(
            `Temporal does not serve:\n${lastLines(started.logFile, 3).join('\n').slice(-2000)}`,
          );
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
