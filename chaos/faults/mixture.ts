/** Faults at random, two at a time, for as long as a run lasts; or all of a given list, each once and again. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../random.ts';
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
  /** Only these, in an order of chance, again and again; null picks from all. */
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

type Pick = (taken: ReadonlySet<Target>) => ChaosFault | null;

/** A run in which Temporal is away all the time says nothing about the rest. */
const fits = ({ name, longest }: ChaosFault, inflicted: readonly Inflicted[], seconds: number): boolean => {
  const spent = inflicted.reduce((sum, one) => (one.name === name ? sum + one.seconds : sum), 0);
  return longest * 4 <= seconds && (spent + longest) * 3 <= seconds;
};

/**
 * Gives the next fault; null when it would overlap one that is under way.
 *
 * @param inflicted those before
 */
const createPicker = ({ only, seconds, random }: Mixture, inflicted: readonly Inflicted[]): Pick => {
  const isFree = (fault: ChaosFault, taken: ReadonlySet<Target>): boolean =>
    !fault.targets.some((target) => taken.has(target));
  if (only === null) {
    return (taken) => {
      const fitting = random.pick(faultKinds).filter((fault) => fits(fault, inflicted, seconds));
      const fault = fitting.length === 0 ? null : random.pick(fitting);
      return fault !== null && isFree(fault, taken) ? fault : null;
    };
  }
  let round: ChaosFault[] = [];
  return (taken) => {
    if (round.length === 0) round = shuffled(only, random);
    const fault = round.find((candidate) => isFree(candidate, taken)) ?? null;
    round = round.filter((candidate) => candidate !== fault);
    return fault;
  };
};

/** @returns what was inflicted, and how long it lasted, in order of its beginning */
export const inflictFaults = async (stage: Stage, mixture: Mixture): Promise<Inflicted[]> => {
  const { seconds, random, say } = mixture;
  const begin = performance.now();
  const elapsed = (): number => (performance.now() - begin) / 1000;
  const inflicted: Inflicted[] = [];
  const pick = createPicker(mixture, inflicted);
  const taken = new Set<Target>();

  const lane = async (): Promise<void> => {
    while (elapsed() < seconds) {
      const fault = pick(taken);
      if (fault === null) {
        await pause(100);
        continue;
      }
      for (const target of fault.targets) taken.add(target);
      const entry: Inflicted = { name: fault.name, at: elapsed(), seconds: 0 };
      inflicted.push(entry);
      say(`${entry.at.toFixed(1).padStart(7)} s  ${fault.about}`);
      await fault.inflict(stage, random);
      entry.seconds = elapsed() - entry.at;
      for (const target of fault.targets) taken.delete(target);
      await pause(random.between(200, 1500));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return inflicted;
};
