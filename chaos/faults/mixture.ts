/** Faults at random, two at a time, for as long as a run lasts; or all of a given list, each once and again. */
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom, type Random } from '../random.ts';
import type { Stage } from '../stage/stage.ts';
import type { ChaosFault, Target } from './fault.ts';
import { faultKinds } from './index.ts';

/** Faults under way at once. */
const lanes = 2;

export interface Inflicted {
  name: string;
  /** Seconds from the beginning of the run. */
  at: number;
  seconds: number;
}

export interface Mixture {
  /** Only these, in an order of chance, again and again; null draws from all. */
  only: readonly ChaosFault[] | null;
  seconds: number;
  random: Random;
  say: (line: string) => void;
}

const shuffled = <T>(items: readonly T[], random: Random): T[] => {
  const rest = [...items];
  return items.map(() => {
    const item = random.pick(rest);
    rest.splice(rest.indexOf(item), 1);
    return item;
  });
};

/** A run in which Temporal is away all the time says nothing about the rest. */
const fits = ({ longest }: ChaosFault, drawn: number, seconds: number): boolean =>
  longest * 4 <= seconds && (drawn + 1) * longest * 3 <= seconds;

/** The faults of a run in their order: only chance decides, not how long one takes. It ends when none fits any more. */
export function* faultsInOrder({ only, seconds, random }: Omit<Mixture, 'say'>): Generator<ChaosFault, void> {
  if (only !== null) for (;;) yield* shuffled(only, random);
  const drawn = new Map<string, number>();
  const times = ({ name }: ChaosFault): number => drawn.get(name) ?? 0;
  for (;;) {
    const fitting = faultKinds
      .map((kind) => kind.filter((fault) => fits(fault, times(fault), seconds)))
      .filter((kind) => kind.length > 0);
    if (fitting.length === 0) return;
    const fault = random.pick(random.pick(fitting));
    drawn.set(fault.name, times(fault) + 1);
    yield fault;
  }
}

/** @returns what was inflicted, and how long it lasted, in order of its beginning */
export const inflictFaults = async (stage: Stage, mixture: Mixture): Promise<Inflicted[]> => {
  const { seconds, random, say } = mixture;
  const begin = performance.now();
  const elapsed = (): number => (performance.now() - begin) / 1000;
  const inflicted: Inflicted[] = [];
  const order = faultsInOrder(mixture);
  const taken = new Set<Target>();
  const isFree = ({ targets }: ChaosFault): boolean => !targets.some((target) => taken.has(target));

  const lane = async (): Promise<void> => {
    while (elapsed() < seconds) {
      const fault = order.next().value;
      if (fault === undefined) return;
      // What it does is its own chance: how long another one takes must not change it.
      const chance = seededRandom(random.between(0, 1_000_000));
      while (!isFree(fault)) await pause(100);
      if (elapsed() >= seconds) return;
      for (const target of fault.targets) taken.add(target);
      const entry: Inflicted = { name: fault.name, at: elapsed(), seconds: 0 };
      inflicted.push(entry);
      say(`${entry.at.toFixed(1).padStart(7)} s  ${fault.about}`);
      await fault.inflict(stage, chance);
      entry.seconds = elapsed() - entry.at;
      for (const target of fault.targets) taken.delete(target);
      await pause(chance.between(200, 1500));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return inflicted;
};
