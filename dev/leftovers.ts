/** Processes of an earlier start that are still there, because it was killed together with its watchdog. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** The command line of a process, undefined when there is no such process, empty when it has just ended. */
export const commandOf = (pid: number): string | undefined => {
  if (process.platform === 'linux') {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    } catch {
      return undefined;
    }
  }
  const { status, stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
};

/** The process that started a process, undefined when either is gone. */
const parentOf = (pid: number): number | undefined => {
  const { status, stdout } = spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 ? Number.parseInt(stdout, 10) : undefined;
};

/**
 * Says whether npm, which started this process, has gone. Asked now and then, because a killed npm tells nobody, and
 * because npm starts a shell in between that need not pass a signal on.
 *
 * @returns undefined when this process was not started by npm
 */
export const npmWatch = (env: NodeJS.ProcessEnv): (() => boolean) | undefined => {
  if (env['npm_lifecycle_event'] === undefined) return undefined;
  const parent = process.ppid;
  const isShell = /\bsh -c /.test(commandOf(parent) ?? '');
  const npm = isShell ? parentOf(parent) : parent;
  return () => process.ppid !== parent || npm === undefined || !isAlive(npm);
};

/** A process that has ended and only waits to be collected has no command line any more. */
const isAlive = (pid: number): boolean => (commandOf(pid) ?? '') !== '';

/** Asks a process that is not our child to end, and insists after the grace. Resolves when it is gone. */
export const endProcess = async (pid: number, signal: NodeJS.Signals, graceMs: number): Promise<void> => {
  const send = (name: NodeJS.Signals): void => {
    try {
      process.kill(pid, name);
    } catch {
      // It is gone.
    }
  };
  send(signal);
  const deadline = performance.now() + graceMs;
  while (isAlive(pid) && performance.now() < deadline) await wait(50);
  if (isAlive(pid)) send('SIGKILL');
  while (isAlive(pid) && performance.now() < deadline + 5000) await wait(50);
};

/** A process as it was recorded: its number, and its command line, because numbers are used again. */
export interface RecordedProcess {
  readonly pid: number;
  readonly command: string;
}

/** What is known of a process now, to recognise it later. */
export const record = (pid: number): RecordedProcess | undefined => {
  const command = commandOf(pid);
  return command === undefined || command === '' ? undefined : { pid, command };
};

/** Whether the recorded process still runs. */
export const stillRuns = ({ pid, command }: RecordedProcess): boolean => commandOf(pid) === command;
