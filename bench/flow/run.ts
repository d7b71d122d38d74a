/**
 * `bench flow`: from the webhook to Pipedrive, one at a time and in bursts, beside empty workflows of the same number of steps on the
 * same Temporal server with the same worker settings.
 *
 * The empty runs have no database, no door, no signature and no Pipedrive: what is above the baseline is all that Hermes does.
 */
import { bootServers } from '../servers.ts';
import { median, milliseconds, rate, ratio, table, verdicts, type Verdict } from '../statistics.ts';
import { startBaseline } from './baseline.ts';
import { startCandidate, type Shape } from './candidate.ts';
import type { EmptyRun } from './empty.ts';

export interface FlowOptions {
  rounds: number;
  say: (line: string) => void;
}

type Work = (count: number, inFlight: number) => Promise<void>;

/** Hermes's own WEBHOOK_STARTS_IN_FLIGHT, which is also what its relay keeps in flight. */
const startsInFlight = 8;

/** Runs of each kind before anything is measured: V8 compiles what runs often, and a worker lives for weeks. */
const warmUp = 150;

/** Events of a burst. */
const newInBurst = 60;
const unchangedInBurst = 200;

const timed = async (work: () => Promise<void>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

interface Pair {
  hermes: number;
  empty: number;
}

/** One at a time, in turns: milliseconds of each, the median of all. */
const compareIdle = async (hermes: Work, empty: Work, times: number): Promise<Pair> => {
  const took: { hermes: number[]; empty: number[] } = { hermes: [], empty: [] };
  for (let time = 0; time < times; time += 1) {
    took.hermes.push(await timed(() => hermes(1, 1)));
    took.empty.push(await timed(() => empty(1, 1)));
  }
  return { hermes: median(took.hermes), empty: median(took.empty) };
};

/** Bursts in turns: runs per second from the first webhook to the last record, the median of the rounds. */
const compareBursts = async (hermes: Work, empty: Work, count: number, rounds: number): Promise<Pair> => {
  const took: { hermes: number[]; empty: number[] } = { hermes: [], empty: [] };
  for (let round = 0; round < rounds; round += 1) {
    const turns = [
      async () => took.hermes.push(await timed(() => hermes(count, 16))),
      async () => took.empty.push(await timed(() => empty(count, startsInFlight))),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  const perSecond = (milliseconds: number): number => (count / milliseconds) * 1000;
  return { hermes: perSecond(median(took.hermes)), empty: perSecond(median(took.empty)) };
};

/** An empty run asks for its sync with a step of its own, as Hermes does. */
const emptyNewClient = ({ event, sync }: Pick<Shape, 'event' | 'sync'>): Omit<EmptyRun, 'id'> => ({
  steps: event.slice(0, -1),
  asks: { id: '', steps: sync },
});

const count = (steps: readonly string[], kind: string): number =>
  steps.filter((step) => step === kind).length;

/** Runs the benchmark and gives its report. */
export const benchFlow = async ({ rounds, say }: FlowOptions): Promise<string> => {
  const servers = await bootServers({ temporal: true, say });
  try {
    const hermes = await startCandidate(servers);
    const baseline = await startBaseline(servers);
    const empty =
      (shape: Omit<EmptyRun, 'id'>): Work =>
      (runs, inFlight) =>
        baseline.run(shape, runs, inFlight);
    const oneLocal = empty({ steps: ['local'] });

    say('warming up');
    await hermes.newClients(warmUp, 8);
    const shape = await hermes.shapeOfNewClient();
    const sameSteps = empty(emptyNewClient(shape));
    const threeCalls = empty(
      emptyNewClient({
        event: ['local', 'local'],
        sync: ['local', 'remote', 'remote', 'remote', 'local'],
      }),
    );
    for (const work of [oneLocal, sameSteps, threeCalls, hermes.unchanged]) await work(warmUp, 8);

    say('one at a time');
    const idleUnchanged = await compareIdle(hermes.unchanged, oneLocal, 10 * rounds);
    const idleNew = await compareIdle(hermes.newClients, sameSteps, 10 * rounds);
    const idleThree = await compareIdle(hermes.newClients, threeCalls, 5 * rounds);
    say('bursts of new clients');
    const burstNew = await compareBursts(hermes.newClients, sameSteps, newInBurst, rounds);
    const burstThree = await compareBursts(hermes.newClients, threeCalls, newInBurst, 1);
    say('bursts of unchanged clients');
    const burstUnchanged = await compareBursts(hermes.unchanged, oneLocal, unchangedInBurst, rounds);
    await hermes.stop();

    const row = (label: string, pair: Pair, print: (value: number) => string, unit: string): string[] => [
      label,
      print(pair.hermes),
      print(pair.empty),
      unit,
      ratio(pair.hermes / pair.empty),
    ];
    const rows = [
      row('unchanged client, one at a time', idleUnchanged, milliseconds, 'ms'),
      row('new client, one at a time, same steps', idleNew, milliseconds, 'ms'),
      row('new client, one at a time, three calls', idleThree, milliseconds, 'ms'),
      row('unchanged clients, burst', burstUnchanged, rate, '/s'),
      row('new clients, burst, same steps', burstNew, rate, '/s'),
      row('new clients, burst, three calls', burstThree, rate, '/s'),
    ];
    const judged: Verdict[] = [
      {
        goal: 'unchanged events at least 0.7 of the rate of one empty local activity',
        measured: ratio(burstUnchanged.hermes / burstUnchanged.empty),
        reached: burstUnchanged.hermes / burstUnchanged.empty >= 0.7,
      },
      {
        goal: 'a new client, idle, at most 2 times the time of empty workflows of the same steps',
        measured: ratio(idleNew.hermes / idleNew.empty),
        reached: idleNew.hermes / idleNew.empty <= 2,
      },
      {
        goal: 'new clients under load at least 0.7 of the rate of empty workflows of the same steps',
        measured: ratio(burstNew.hermes / burstNew.empty),
        reached: burstNew.hermes / burstNew.empty >= 0.7,
      },
    ];
    const all = [...shape.event, ...shape.sync];
    const note =
      `A new client is two runs with ${count(all, 'local')} local activities, ${count(all, 'remote')} calls to Pipedrive ` +
      `(of which ${count(all, 'remote') - 3} look for an organization that exists) and ${shape.historyEvents} history events.`;
    return [table(['', 'Hermes', 'empty', '', 'ratio'], rows), note, verdicts(judged)].join('\n\n');
  } finally {
    await servers.stop();
  }
};
