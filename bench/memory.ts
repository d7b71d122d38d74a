/**
 * `bench memory`: ten thousand webhooks through API and worker in one process, and what that process then holds.
 *
 * Most webhooks of TutorCruncher say what Hermes knows already, and so do most of these; the first few hundred are new clients.
 */
import { spawnSync } from 'node:child_process';
import { startCandidate } from './flow/candidate.ts';
import { bootServers } from './servers.ts';
import { table, verdicts } from './statistics.ts';

export interface MemoryOptions {
  say: (line: string) => void;
}

const newClients = 200;
const half = 5000;
const whole = 10_000;
const portion = 500;

/** Megabytes resident, as the operating system counts them. */
const residentOf = (pid: number): number => {
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return Number(stdout.trim()) / 1024;
};

/** Runs the benchmark and gives its report. */
export const benchMemory = async ({ say }: MemoryOptions): Promise<string> => {
  const servers = await bootServers({ temporal: true, say });
  try {
    const hermes = await startCandidate(servers);
    const resident = new Map<number, number>([[0, residentOf(hermes.pid)]]);
    await hermes.newClients(newClients, 16);
    for (let sent = newClients; sent < whole;) {
      const count = portion - (sent % portion);
      await hermes.unchanged(count, 16);
      sent += count;
      resident.set(sent, residentOf(hermes.pid));
      if (sent % 1000 < portion) say(`${sent} webhooks: ${(resident.get(sent) ?? 0).toFixed(0)} MB`);
    }
    await hermes.stop();

    const peak = Math.max(...resident.values());
    const middle = resident.get(half) ?? Number.NaN;
    const end = resident.get(whole) ?? Number.NaN;
    const growth = (end / middle - 1) * 100;
    const rows = [
      ['started', (resident.get(0) ?? 0).toFixed(0)],
      [`after ${half}`, middle.toFixed(0)],
      [`after ${whole}`, end.toFixed(0)],
      ['highest', peak.toFixed(0)],
    ];
    return [
      table(['webhooks', 'MB resident'], rows),
      verdicts([
        {
          goal: `under 400 MB resident after ${whole} webhooks`,
          measured: `${end.toFixed(0)} MB`,
          reached: end < 400,
        },
        {
          goal: `no growth beyond 5 % from ${half} to ${whole} webhooks`,
          measured: `${growth.toFixed(1)} %`,
          reached: growth <= 5,
        },
      ]),
    ].join('\n\n');
  } finally {
    await servers.stop();
  }
};
