/** A short chaos suite: what a machine, a server or a network does, each as often as asked for, while agencies come, change and pay. */
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom, type Random } from '../chaos/random.ts';
import { eventually, signUp } from './checks.ts';
import { judge, isQuiet } from './judge.ts';
import type { Replica } from './replicas.ts';
import type { Rehearsal } from './stage.ts';

interface Fault {
  name: string;
  inflict: () => Promise<void>;
}

const restart = async (victims: readonly Replica[]): Promise<void> => {
  await Promise.all(victims.map((victim) => victim.kill()));
  await pause(1000);
  for (const victim of victims) victim.start();
  await Promise.all(victims.map((victim) => victim.untilHealthy()));
};

const faultsOf = (stage: Rehearsal, workers: readonly Replica[], random: Random): Fault[] => {
  const { apis, db, temporal } = stage;
  const { pipedrive } = stage.accounts;
  return [
    { name: 'an API is killed', inflict: () => restart([random.pick(apis)]) },
    { name: 'a worker is killed', inflict: () => restart([random.pick(workers)]) },
    { name: 'all workers are killed', inflict: () => restart(workers) },
    {
      name: 'Temporal is killed',
      inflict: async () => {
        await temporal.kill();
        await pause(3000);
        await temporal.start();
      },
    },
    {
      name: "Hermes's database connections are cut",
      inflict: async () => {
        await db.raw(
          `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'hermes%'`,
        );
      },
    },
    {
      name: 'Pipedrive is away',
      inflict: async () => {
        const id = pipedrive.faults.add({ kind: 'status', status: 503, times: Infinity });
        await pause(3000);
        pipedrive.faults.remove(id);
      },
    },
    {
      name: 'Pipedrive creates, and the answer is lost',
      inflict: () => {
        pipedrive.faults.add({ kind: 'dropAfter', method: 'POST', times: 3 });
        return Promise.resolve();
      },
    },
  ];
};

const statuses = ['trial', 'active', 'suspended', 'in-arrears'];

/** One thing happens in TutorCruncher. */
const happen = (stage: Rehearsal, random: Random, number: number): void => {
  const { tc2 } = stage.accounts;
  const ids = [...tc2.state.clients.keys()];
  if (ids.length < 3 || random.next() < 0.4) signUp(stage, `Chaos Tutors ${number}`);
  else if (random.next() < 0.6) {
    tc2.changeClient(random.pick(ids), { meta_agency: { status: random.pick(statuses) } });
  } else tc2.invoicePaid(random.pick(ids));
};

export interface ChaosReport {
  faults: number;
  events: number;
  webhooks: number;
  companies: number;
}

export interface ChaosCourse {
  seed: number;
  /** How often each fault is inflicted. */
  rounds: number;
}

/** @throws Error listing what was lost, doubled or differs */
export const runChaos = async (
  stage: Rehearsal,
  workers: readonly Replica[],
  { seed, rounds }: ChaosCourse,
  say: (line: string) => void,
): Promise<ChaosReport> => {
  const random = seededRandom(seed);
  const over = new AbortController();
  let events = 0;
  const load = (async () => {
    while (!over.signal.aborted) {
      events += 1;
      happen(stage, random, events);
      await pause(random.between(200, 400));
    }
  })();
  const faults = Array.from({ length: rounds }, () => faultsOf(stage, workers, random))
    .flat()
    .map((fault) => ({ ...fault, order: random.next() }));
  for (const { name, inflict } of faults.toSorted((one, other) => one.order - other.order)) {
    say(name);
    await inflict();
    await pause(1500);
  }
  over.abort();
  await load;
  const { tc2 } = stage.accounts;
  await tc2.settled();
  // What no retry of the sender reached in time arrives with its next round, as every three hours.
  tc2.resendAll();
  await tc2.settled();
  say('faults are over; waiting for quiet');
  await eventually('quiet', async () => ((await isQuiet(stage)) ? true : undefined), 5 * 60_000);
  const { companies, webhooks, findings } = await judge(stage);
  if (findings.length > 0) throw new Error(findings.join('; '));
  return { faults: faults.length, events, webhooks, companies };
};
