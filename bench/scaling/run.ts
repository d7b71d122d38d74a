/**
 * `bench scaling`: how the rate grows with the number of worker processes, and who has the processor meanwhile. On the stage of
 * `npm run rehearse`: the real Temporal server on PostgreSQL, two APIs, the settings of docker-compose.yml.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isQuiet } from '../../rehearsal/judge.ts';
import type { Replica } from '../../rehearsal/replicas.ts';
import { setUp, type Rehearsal } from '../../rehearsal/stage.ts';
import { processorSeconds } from '../processorTime.ts';
import { median, rate, table } from '../statistics.ts';
import { newClientWebhook, resentClientWebhook, tc2Key, type SignedWebhook } from '../webhooks.ts';

export interface ScalingOptions {
  /** Numbers of worker processes, in the order in which they are measured. */
  workers: readonly number[];
  rounds: number;
  say: (line: string) => void;
}

const newInBurst = 60;
const unchangedInBurst = 150;
/** So many that a burst of unchanged clients names none twice. */
const toBeginWith = 120;

/** Deliveries at the same time. */
const senders = 16;

/** What Pipedrive and TC2 allow is not what is measured. */
const settings = {
  PD_API_MAX_RATE: '100000',
  PD_SEARCH_MAX_RATE: '100000',
  TC2_WRITE_BACK: 'false',
  RECONCILE_NIGHTLY: 'off',
};

const send = async ({ proxy }: Rehearsal, webhooks: readonly SignedWebhook[]): Promise<void> => {
  const waiting = [...webhooks];
  const sender = async (): Promise<void> => {
    for (let webhook = waiting.pop(); webhook !== undefined; webhook = waiting.pop()) {
      const { body, headers } = webhook;
      const response = await fetch(`${proxy.url}/tc2/callback/`, { method: 'POST', body, headers });
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`the door answered ${response.status}`);
    }
  };
  await Promise.all(Array.from({ length: senders }, sender));
};

type Shares = Record<'workers' | 'temporal' | 'postgres' | 'apis' | 'bench', number>;

const spent = (stage: Rehearsal, workers: readonly Replica[]): Shares => ({
  workers: processorSeconds(workers.map((worker) => worker.pid())),
  temporal: processorSeconds([stage.temporal.pid()]),
  postgres: processorSeconds([stage.postgresPid]),
  apis: processorSeconds(stage.apis.map((api) => api.pid())),
  bench: (process.cpuUsage().user + process.cpuUsage().system) / 1_000_000,
});

interface Burst {
  perSecond: number;
  /** Cores that each part kept busy. */
  cores: Shares;
}

const burst = async (
  stage: Rehearsal,
  workers: readonly Replica[],
  webhooks: readonly SignedWebhook[],
): Promise<Burst> => {
  const before = spent(stage, workers);
  const startedAt = performance.now();
  await send(stage, webhooks);
  while (!(await isQuiet(stage))) await pause(50);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = spent(stage, workers);
  const busy = (part: keyof Shares): number => (after[part] - before[part]) / seconds;
  return {
    perSecond: webhooks.length / seconds,
    cores: {
      workers: busy('workers'),
      temporal: busy('temporal'),
      postgres: busy('postgres'),
      apis: busy('apis'),
      bench: busy('bench'),
    },
  };
};

/** Exactly so many workers run, and are healthy. */
const resize = async (workers: readonly Replica[], count: number): Promise<readonly Replica[]> => {
  const chosen = workers.slice(0, count);
  await Promise.all(workers.slice(count).map((worker) => worker.stop()));
  for (const worker of chosen) worker.start();
  await Promise.all(chosen.map((worker) => worker.untilHealthy()));
  return chosen;
};

const middle = (bursts: readonly Burst[]): Burst => {
  const of = (pick: (burst: Burst) => number): number => median(bursts.map(pick));
  return {
    perSecond: of(({ perSecond }) => perSecond),
    cores: {
      workers: of(({ cores }) => cores.workers),
      temporal: of(({ cores }) => cores.temporal),
      postgres: of(({ cores }) => cores.postgres),
      apis: of(({ cores }) => cores.apis),
      bench: of(({ cores }) => cores.bench),
    },
  };
};

/** Runs the benchmark and gives its report. */
export const benchScaling = async ({ workers: counts, rounds, say }: ScalingOptions): Promise<string> => {
  const stage = await setUp({ say, settings, secrets: { tc2_api_key: tc2Key } });
  try {
    const more = Math.max(...counts) - stage.workers.length;
    const all = [...stage.workers, ...(await stage.replicas('worker', Math.max(more, 0), {}))];
    let next = 0;
    const fresh = (count: number): SignedWebhook[] =>
      Array.from({ length: count }, () => newClientWebhook((next += 1)));
    const resent = (count: number): SignedWebhook[] =>
      Array.from({ length: count }, (_, index) => resentClientWebhook(index + 1));
    const rows: string[][] = [];
    for (const count of counts) {
      say(`${count} workers`);
      const workers = await resize(all, count);
      await burst(stage, workers, fresh(next === 0 ? toBeginWith : 20)); // warms up
      const made: Burst[] = [];
      const repeated: Burst[] = [];
      for (let round = 0; round < rounds; round += 1) {
        made.push(await burst(stage, workers, fresh(newInBurst)));
        repeated.push(await burst(stage, workers, resent(unchangedInBurst)));
      }
      for (const [label, { perSecond, cores }] of [
        ['new clients', middle(made)],
        ['unchanged clients', middle(repeated)],
      ] as const) {
        const shares = [cores.workers, cores.temporal, cores.postgres, cores.apis, cores.bench];
        rows.push([String(count), label, rate(perSecond), ...shares.map((share) => share.toFixed(2))]);
      }
    }
    const head = [
      'workers',
      'burst of',
      'per second',
      'cores: workers',
      'Temporal',
      'PostgreSQL',
      'APIs',
      'load and sandbox',
    ];
    return table(head, rows);
  } finally {
    await stage.close();
  }
};
