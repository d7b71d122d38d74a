/**
 * `bench ingest`: acknowledged webhooks per second, and how long an answer takes, beside a bare Koa server that only checks the HMAC
 * and makes one prepared INSERT.
 *
 * Both doors stand open all the time, on the same PostgreSQL; they are loaded in turns, and the medians of the turns are compared,
 * so that what else happens on the machine meets both.
 */
import { bootServers, type Servers } from '../servers.ts';
import { median, milliseconds, rate, ratio, table, verdicts, type Verdict } from '../statistics.ts';
import { tc2Key } from '../webhooks.ts';
import { startDrain } from './drain.ts';
import { loadDoor, type LoadResult } from './load.ts';

export interface IngestOptions {
  rounds: number;
  seconds: number;
  connections: number[];
  /** Whether to measure beside a worker that drains a backlog, too. */
  drain: boolean;
  say: (line: string) => void;
}

interface Door {
  name: 'Hermes' | 'bare';
  url: string;
}

type Measured = Record<Door['name'], LoadResult>;

const summary = (results: readonly LoadResult[]): LoadResult => ({
  rate: median(results.map((result) => result.rate)),
  p50: median(results.map((result) => result.p50)),
  p99: median(results.map((result) => result.p99)),
});

const createCounter = (): (() => number) => {
  let last = 0;
  return () => (last += 1);
};

const startDoors = async (servers: Servers, temporal: boolean): Promise<Door[]> => {
  const env = { DATABASE_URL: servers.databaseUrl, TC2_API_KEY: tc2Key };
  const bare = await servers.startHttp({
    name: 'bare',
    file: 'bench/ingest/bareServer.ts',
    env,
    answersAt: '/',
  });
  const hermes = await servers.startHttp({
    name: 'api',
    file: 'api',
    env: {
      ...env,
      // Nothing listens there when Temporal is not part of the measurement: the door must not care.
      TEMPORAL_ADDRESS: temporal ? servers.temporalAddress : '127.0.0.1:9',
    },
    answersAt: '/healthz',
  });
  return [
    { name: 'bare', url: bare.url },
    { name: 'Hermes', url: hermes.url },
  ];
};

/** Loads the doors in turns; who goes first changes from round to round. */
const compare = async (
  doors: readonly Door[],
  load: { rounds: number; seconds: number; connections: number; next: () => number },
): Promise<Measured> => {
  const results: Record<Door['name'], LoadResult[]> = { Hermes: [], bare: [] };
  for (let round = 0; round < load.rounds; round += 1) {
    const order = round % 2 === 0 ? doors : doors.toReversed();
    for (const { name, url } of order) results[name].push(await loadDoor({ ...load, url }));
  }
  return { Hermes: summary(results.Hermes), bare: summary(results.bare) };
};

const rowOf = (label: string, { Hermes, bare }: Measured): string[] => [
  label,
  rate(Hermes.rate),
  rate(bare.rate),
  ratio(Hermes.rate / bare.rate),
  milliseconds(Hermes.p50),
  milliseconds(bare.p50),
  milliseconds(Hermes.p99),
  milliseconds(bare.p99),
  ratio(Hermes.p99 / bare.p99),
];

const verdictsOf = (where: string, { Hermes, bare }: Measured): Verdict[] => {
  const rates = Hermes.rate / bare.rate;
  const tails = Hermes.p99 / bare.p99;
  return [
    {
      goal: `rate ${where} at least 0.6 of the bare server's`,
      measured: ratio(rates),
      reached: rates >= 0.6,
    },
    { goal: `p99 ${where} under 3 times the bare server's`, measured: ratio(tails), reached: tails < 3 },
  ];
};

/** Runs the benchmark and gives its report. */
export const benchIngest = async (options: IngestOptions): Promise<string> => {
  const { rounds, seconds, say } = options;
  const next = createCounter();
  const rows: string[][] = [];
  const judged: Verdict[] = [];
  const notes: string[] = [];
  const servers = await bootServers({ temporal: options.drain, say });
  try {
    const doors = await startDoors(servers, options.drain);
    for (const { url } of doors) await loadDoor({ url, connections: 8, seconds: 2, next });
    for (const connections of options.connections) {
      say(`${connections} connections, ${rounds} rounds of ${seconds} s for each door`);
      const measured = await compare(doors, { rounds, seconds, connections, next });
      rows.push(rowOf(`${connections} connections`, measured));
      if (connections === 32) judged.push(...verdictsOf('at 32 connections', measured));
    }
    if (options.drain) {
      say('32 connections, beside a worker that drains the backlog');
      const drain = await startDrain(servers);
      const [before, startedAt] = [await drain.finished(), performance.now()];
      const measured = await compare(doors, { rounds, seconds, connections: 32, next });
      const drained = ((await drain.finished()) - before) / ((performance.now() - startedAt) / 1000);
      rows.push(rowOf('32, beside a draining worker', measured));
      judged.push(...verdictsOf('beside a draining worker', measured));
      notes.push(`Beside the doors the worker finished ${rate(drained)} new clients/s.`);
      await drain.stop();
    }
  } finally {
    await servers.stop();
  }
  const head = ['', 'Hermes/s', 'bare/s', 'ratio', 'p50 ms', 'bare', 'p99 ms', 'bare', 'ratio'];
  return [table(head, rows), ...notes, verdicts(judged)].join('\n\n');
};
