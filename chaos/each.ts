/** Every fault alone: one after the other on one stage, each with its load, its aftermath and a judge who looks at all that happened. */
import { allFaults, type ChaosFault } from './faults/index.ts';
import { runChaos, type RunOptions, type RunResult } from './run.ts';
import type { Stage } from './stage/stage.ts';

export interface FaultAlone {
  fault: ChaosFault;
  result: RunResult;
}

/** Rounds have other load and other numbers than their neighbours. */
const seedStep = 100;

/** @param options `seconds` is the least; a fault that lasts longer has load all the while */
export const runEach = async (
  stage: Stage,
  options: Omit<RunOptions, 'only' | 'earlier'>,
): Promise<FaultAlone[]> => {
  const results: FaultAlone[] = [];
  for (const [index, fault] of allFaults.entries()) {
    options.say(`-- ${index + 1} of ${allFaults.length}: ${fault.name}`);
    const earlier = results.at(-1)?.result.happened;
    const result = await runChaos(stage, {
      ...options,
      seed: options.seed + index * seedStep,
      seconds: Math.max(options.seconds, fault.longest),
      only: [fault],
      ...(earlier === undefined ? {} : { earlier }),
    });
    for (const { kind, text } of result.verdict.findings) options.say(`   ${kind}: ${text}`);
    results.push({ fault, result });
  }
  return results;
};
