/**
 * Starts the processes of the embedded stack and answers for them.
 *
 * - Each child writes to a log file of its own and runs in a process group of its own, so that a Ctrl-C in the terminal
 *   reaches only the supervisor and the children are stopped in order.
 * - A child that ends unasked is a crash: `crash` resolves, and whoever runs the stack says so and stops the rest.
 * - A watchdog (guard.mjs) ends the children when the supervisor is killed without a chance to do so itself.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** How to start and stop one process. */
export interface ChildSpec {
  /** Names the log file and stands in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Numeric user and group to run as; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Asks the process to end in good order. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Milliseconds from the stop signal to SIGKILL. Default 10,000. */
  readonly graceMs?: number;
  /** Neighbours in the order of start that share a stage are stopped at the same time. */
  readonly stage?: string;
  /** A step that is to come to an end by itself; its end is no crash. */
  readonly oneShot?: boolean;
}

/** How a process ended: `error` when it could not even be started. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: string;
}

export interface Child {
  readonly name: string;
  readonly pid: number | undefined;
  readonly logFile: string;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<ChildExit>;
  readonly running: () => boolean;
}

/** A child that ended unasked. */
export interface Crash {
  readonly child: Child;
  readonly exit: ChildExit;
}

export interface Supervisor {
  readonly start: (spec: ChildSpec) => Child;
  /** Stops one child: its stop signal, then SIGKILL after its grace. */
  readonly stopChild: (child: Child) => Promise<void>;
  /** Stops everything, youngest stage first. Safe to call twice. */
  readonly stop: () => Promise<void>;
  /** No more patience: SIGKILL for every child. */
  readonly kill: () => void;
  /** A folder that must not outlive this process, even when it is killed. */
  readonly removeAtEnd: (folder: string) => void;
  /** Resolves at the first child that ends unasked, never rejects. */
  readonly crash: Promise<Crash>;
  readonly children: () => readonly Child[];
}

interface Entry {
  readonly child: Child;
  readonly spec: ChildSpec;
  stopping: boolean;
}

const guardFile = fileURLToPath(new URL('guard.mjs', import.meta.url));

const startGuard = (): ChildProcess => {
  const guard = spawn(process.execPath, [guardFile], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: path.parse(guardFile).root,
  });
  guard.unref();
  // A guard that is gone only costs the guarding.
  guard.on('error', () => undefined);
  guard.stdin?.on('error', () => undefined);
  return guard;
};

/** A pipe to a child keeps the event loop alive; the guard's must not. */
const unreference = (stream: unknown): void => {
  if (
    stream !== null &&
    typeof stream === 'object' &&
    'unref' in stream &&
    typeof stream.unref === 'function'
  ) {
    stream.unref();
  }
};

const openLog = (file: string): number => {
  mkdirSync(path.dirname(file), { recursive: true });
  if (existsSync(file)) renameSync(file, file.replace(/\.log$/, '.previous.log'));
  return openSync(file, 'a');
};

/** The end of a log file, for the message about a crash. */
export const lastLines = (file: string, count: number): string[] => {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
};

/** "exit code 3", "signal SIGKILL" or why it could not be started. */
export const describeExit = (exit: ChildExit): string => {
  if (exit.error !== undefined) return exit.error;
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
};

const stagesOf = (entries: readonly Entry[]): Entry[][] => {
  const stages: Entry[][] = [];
  for (const entry of entries) {
    const last = stages.at(-1);
    const stage = entry.spec.stage;
    if (last !== undefined && stage !== undefined && last[0]?.spec.stage === stage) last.push(entry);
    else stages.push([entry]);
  }
  return stages;
};

const signalGroup = (pid: number | undefined, signal: NodeJS.Signals): void => {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    // It is gone already.
  }
};

/**
 * @param options.logFolder where `<child>.log` files go; the previous start's are kept as `<child>.previous.log`
 */
export const createSupervisor = (options: { readonly logFolder: string }): Supervisor => {
  const entries: Entry[] = [];
  const guard = startGuard();
  unreference(guard.stdin);
  const tellGuard = (message: object): void => {
    guard.stdin?.write(`${JSON.stringify(message)}\n`);
  };

  let crashed: (crash: Crash) => void = () => undefined;
  const crash = new Promise<Crash>((resolve) => {
    crashed = resolve;
  });
  let stopped: Promise<void> | undefined;

  const start = (spec: ChildSpec): Child => {
    if (stopped !== undefined) throw new Error(`${spec.name} is not started: everything is being stopped.`);
    const logFile = path.join(options.logFolder, `${spec.name}.log`);
    const log = openLog(logFile);
    const childProcess = spawn(spec.command, spec.args, {
      detached: process.platform !== 'win32',
      stdio: ['ignore', log, log],
      ...(spec.env === undefined ? {} : { env: spec.env }),
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      ...spec.user,
    });
    closeSync(log);

    const { pid } = childProcess;
    const graceMs = spec.graceMs ?? 10_000;
    if (pid !== undefined) tellGuard({ add: { pid, signal: spec.stopSignal ?? 'SIGTERM', graceMs } });

    let running = pid !== undefined;
    const exited = new Promise<ChildExit>((resolve) => {
      childProcess.once('error', (error) => {
        if (pid === undefined) resolve({ code: null, signal: null, error: error.message });
      });
      childProcess.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const child: Child = { name: spec.name, pid, logFile, exited, running: () => running };
    const entry: Entry = { child, spec, stopping: spec.oneShot === true };
    entries.push(entry);
    void exited.then((exit) => {
      running = false;
      if (pid !== undefined) {
        signalGroup(pid, 'SIGKILL'); // what the child itself left behind
        tellGuard({ drop: pid });
      }
      if (!entry.stopping) crashed({ child, exit });
    });
    return child;
  };

  const stopEntry = async (entry: Entry): Promise<void> => {
    const { child, spec } = entry;
    entry.stopping = true;
    if (!child.running()) return;
    if (child.pid !== undefined) {
      // Only the child itself is asked: it knows how to end its own processes (PostgreSQL's backends above all).
      try {
        process.kill(child.pid, spec.stopSignal ?? 'SIGTERM');
      } catch {
        // It ended in between.
      }
    }
    const timer = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), spec.graceMs ?? 10_000);
    await child.exited;
    clearTimeout(timer);
  };

  const stopAll = async (): Promise<void> => {
    for (const entry of entries) entry.stopping = true;
    for (const stage of stagesOf(entries).toReversed()) await Promise.all(stage.map(stopEntry));
    guard.stdin?.end();
  };

  return {
    start,
    stopChild: async (child) => {
      const entry = entries.find((candidate) => candidate.child === child);
      if (entry !== undefined) await stopEntry(entry);
    },
    stop: () => (stopped ??= stopAll()),
    kill: () => {
      for (const entry of entries) {
        entry.stopping = true;
        signalGroup(entry.child.pid, 'SIGKILL');
      }
    },
    removeAtEnd: (folder) => tellGuard({ remove: folder }),
    crash,
    children: () => entries.map((entry) => entry.child),
  };
};
