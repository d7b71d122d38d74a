/** Processes of Hermes that are killed, frozen and drained, and come back. Each life has a log of its own. */
import { setTimeout as pause } from 'node:timers/promises';
import { lastLines, type Child, type Supervisor } from '../../dev/supervisor.ts';

export interface Victim {
  name: string;
  /** Starts it, unless it runs; does not wait. */
  start(): void;
  /** SIGKILL, no farewell. */
  kill(): Promise<void>;
  /** SIGTERM: it drains. */
  drain(): Promise<void>;
  /** Resolves when it says that it works. @throws when it ends before, or does not within minutes */
  ready(): Promise<void>;
}

export interface VictimSpec {
  supervisor: Supervisor;
  name: string;
  /** File in the project to run. */
  entry: string;
  projectRoot: string;
  environment: Record<string, string>;
  /** Answers 200 once it works. */
  healthUrl: string;
}

/** Longest that a drain may take before the process is killed. */
const drainMs = 40_000;

/** Longer than the longest absence of what a process needs. */
const readyWithinMs = 180_000;

const answers = async (url: string): Promise<boolean> => {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
};

export const createVictim = (spec: VictimSpec): Victim => {
  const { supervisor, name, entry, projectRoot, environment, healthUrl } = spec;
  let child: Child | null = null;
  let lives = 0;
  return {
    name,
    start: () => {
      if (child?.running() === true) return;
      lives += 1;
      child = supervisor.start({
        name: `${name}-${lives}`,
        command: process.execPath,
        args: ['--import', 'tsx', entry],
        cwd: projectRoot,
        env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...environment },
        graceMs: drainMs,
      });
    },
    kill: async () => {
      if (child?.running() !== true || child.pid === undefined) return;
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
    },
    drain: async () => {
      if (child !== null) await supervisor.stopChild(child);
    },
    ready: async () => {
      const deadline = performance.now() + readyWithinMs;
      while (!(await answers(healthUrl))) {
        if (performance.now() > deadline || child?.running() !== true) {
          const log = child === null ? [] : lastLines(child.logFile, 10);
          throw new Error(
            `${name} ${child?.running() === true ? 'is not ready' : 'ended'}:\n${log.join('\n')}`,
          );
        }
        await pause(100);
      }
    },
  };
};
