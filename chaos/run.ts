/** One chaos run on a stage that is set: load and faults side by side, the aftermath, the judge. */
import { comeToRest, liftFaults } from './aftermath.ts';
import type { ChaosFault } from './faults/index.ts';
import { inflictFaults, type Inflicted } from './faults/mixture.ts';
import { judge, type Verdict } from './judge/index.ts';
import { load, type Happened } from './load/index.ts';
import { lastVisitor } from './load/lastVisitor.ts';
import { seededRandom } from './random.ts';
import type { Stage } from './stage/stage.ts';

export interface RunOptions {
  /** Repeats the choices: what happens, which faults, how long. Not the moments. */
  seed: number;
  seconds: number;
  perSecond: number;
  /** Only these faults, each as often as any other; null mixes all. */
  only: readonly ChaosFault[] | null;
  /** Longest time that Hermes may take to come to rest. */
  restWithinMs: number;
  /** What happened on the same stage before: it must still stand. */
  earlier?: Happened;
  say: (line: string) => void;
}

export interface RunResult {
  inflicted: Inflicted[];
  happened: Happened;
  /** Null when Hermes did not come to rest in time. */
  secondsToRest: number | null;
  verdict: Verdict;
}

export const runChaos = async (stage: Stage, options: RunOptions): Promise<RunResult> => {
  const { seed, seconds, only, restWithinMs, say } = options;
  const [underFaults, inflicted] = await Promise.all([
    load(stage, options),
    inflictFaults(stage, { only, seconds, random: seededRandom(seed), say }),
  ]);
  say('faults are over; waiting until Hermes is at rest');
  await liftFaults(stage);
  const last = await lastVisitor(stage.apiUrl, seed, restWithinMs);
  const happened: Happened = { ...underFaults, visits: [...underFaults.visits, last] };
  const secondsToRest = await comeToRest(stage, restWithinMs);
  const verdict = await judge(stage, happened);
  if (secondsToRest === null) {
    verdict.findings.unshift({ kind: 'lost', text: 'Hermes did not come to rest in time' });
  }
  const lastAnswer = last.answers.at(-1);
  if (lastAnswer?.status !== 200) {
    const told =
      lastAnswer === null || lastAnswer === undefined
        ? 'no answer'
        : `${lastAnswer.status} ${lastAnswer.message}`;
    verdict.findings.unshift({
      kind: 'lost',
      text: `no call can be booked, though everything works: ${told}`,
    });
  }
  return { inflicted, happened, secondsToRest, verdict };
};
