/** Processor time of processes and their descendants, from /proc: Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second. */
const ticksPerSecond = 100;

interface Stat {
  parent: number;
  ticks: number;
}

/** Fields 4 and 14 to 17 of /proc/PID/stat; the name before them may hold anything, brackets included. */
const statOf = (pid: string): Stat | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { parent: Number(fields[1]), ticks };
  } catch {
    return undefined; // it ended in between
  }
};

/**
 * Seconds that the processes, what they started, and what of that has ended spent so far.
 *
 * @param roots their numbers; what does not run counts nothing
 */
export const processorSeconds = (roots: readonly (number | undefined)[]): number => {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = statOf(name);
    if (stat !== undefined) stats.set(Number(name), stat);
  }
  const wanted = new Set(roots);
  const belongs = (pid: number): boolean => {
    if (wanted.has(pid)) return true;
    const parent = stats.get(pid)?.parent;
    return parent !== undefined && parent > 1 && belongs(parent);
  };
  let ticks = 0;
  for (const [pid, stat] of stats) if (belongs(pid)) ticks += stat.ticks;
  return ticks / ticksPerSecond;
};
