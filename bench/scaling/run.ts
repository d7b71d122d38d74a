/**
 * `bench scaling`: how the rate grows with the number of worker processes, and who has the processor meanwhile. On the stage of
 * `npm run rehearse`: the real Temporal server on PostgreSQL, two APIs, the settings of docker-compose.yml.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { isQuiet } from '../../rehearsal/judge.ts';
import type { Replica } from '../../rehearsal/replicas.ts';
import { setUp, type Rehearsal } from '../../rehearsal/stage.ts';
import { processorSeconds } from '../processorTime.ts';
import { median, milliseconds, rate, table } from '../statistics.ts';
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

const idleSeconds = 10;

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

type Shares = Record<'workers' | 'temporal' | 'postgres' | 'apis', number>;

const spent = (stage: Rehearsal, workers: readonly Replica[]): Shares => ({
  workers: processorSeconds(workers.map((worker) => worker.pid())),
  temporal: processorSeconds([stage.temporal.pid()]),
  postgres: processorSeconds([stage.postgresPid]),
  apis: processorSeconds(stage.apis.map((api) => api.pid())),
});

/** What Temporal Cloud would count and charge. */
const actions = async ({ temporal }: Rehearsal): Promise<number> => {
  const metrics = await (await fetch(`http://${temporal.metrics}/metrics`)).text();
  return [...metrics.matchAll(/^action\{.*\} (\S+)$/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
};

interface Burst {
  perSecond: number;
  /** Actions of Temporal per webhook. */
  actions: number;
  /** Milliseconds of processor time per webhook. */
  spent: Shares;
}

const burst = async (
  stage: Rehearsal,
  workers: readonly Replica[],
  webhooks: readonly SignedWebhook[],
): Promise<Burst> => {
  const before = spent(stage, workers);
  const actionsBefore = await actions(stage);
  const startedAt = performance.now();
  await send(stage, webhooks);
  while (!(await isQuiet(stage))) await pause(50);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = spent(stage, workers);
  const each = (part: keyof Shares): number => ((after[part] - before[part]) / webhooks.length) * 1000;
  return {
    perSecond: webhooks.length / seconds,
    actions: ((await actions(stage)) - actionsBefore) / webhooks.length,
    spent: {
      workers: each('workers'),
      temporal: each('temporal'),
      postgres: each('postgres'),
      apis: each('apis'),
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

/** Thousandths of a core that each part keeps busy while nothing happens. */
const idle = async (stage: Rehearsal, workers: readonly Replica[]): Promise<Shares> => {
  const before = spent(stage, workers);
  const startedAt = performance.now();
  await pause(idleSeconds * 1000);
  const seconds = (performance.now() - startedAt) / 1000;
  const after = spent(stage, workers);
  const each = (part: keyof Shares): number => ((after[part] - before[part]) / seconds) * 1000;
  return {
    workers: each('workers'),
    temporal: each('temporal'),
    postgres: each('postgres'),
    apis: each('apis'),
  };
};

const middle = (bursts: readonly Burst[]): Burst => {
  const of = (pick: (burst: Burst) => number): number => median(bursts.map(pick));
  return {
    perSecond: of(({ perSecond }) => perSecond),
    actions: of((one) => one.actions),
    spent: {
      workers: of(({ spent: parts }) => parts.workers),
      temporal: of(({ spent: parts }) => parts.temporal),
      postgres: of(({ spent: parts }) => parts.postgres),
      apis: of(({ spent: parts }) => parts.apis),
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
      for (const [label, { perSecond, actions: counted, spent: parts }] of [
        ['new clients', middle(made)],
        ['unchanged clients', middle(repeated)],
      ] as const) {
        const shares = [parts.workers, parts.temporal, parts.postgres, parts.apis];
        rows.push([String(count), label, rate(perSecond), ...shares.map(milliseconds), rate(counted)]);
      }
    }
    const still = await idle(stage, all.slice(0, counts.at(-1)));
    rows.push([
      String(counts.at(-1)),
      'nothing, ms a second',
      '',
      ...[still.workers, still.temporal, still.postgres, still.apis].map(milliseconds),
      '',
    ]);
    const head = [
      'workers',
      'burst of',
      'per second',
      'ms of workers',
      'Temporal',
      'PostgreSQL',
      'APIs',
      'actions',
    ];
    return table(head, rows);
  } finally {
    await stage.close();
  }
};
