/** The processes of Hermes die, or are restarted under load. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Victim } from '../stage/processes.ts';
import type { Stage } from '../stage/stage.ts';
import type { ChaosFault } from './fault.ts';

const killed =
  (which: (stage: Stage) => readonly Victim[]): ChaosFault['inflict'] =>
  async (stage, random) => {
    const victims = which(stage);
    await pause(random.between(0, 500));
    await Promise.all(victims.map((victim) => victim.kill()));
    await pause(random.between(0, 1500));
    for (const victim of victims) victim.start();
    await Promise.all(victims.map((victim) => victim.ready()));
  };

/** Drains one after the other: the next one only when the one before works again. */
export const restartOneByOne = async (victims: readonly Victim[]): Promise<void> => {
  for (const victim of victims) {
    await victim.drain();
    victim.start();
    await victim.ready();
  }
};

export const processFaults: readonly ChaosFault[] = [
  {
    name: 'api-killed',
    about: 'SIGKILL of the API',
    targets: ['api'],
    longest: 10,
    inflict: killed(({ api }) => [api]),
  },
  {
    name: 'worker-killed',
    about: 'SIGKILL of every worker',
    targets: ['worker'],
    longest: 10,
    inflict: killed(({ workers }) => workers),
  },
  {
    name: 'both-killed',
    about: 'SIGKILL of API and workers at once',
    targets: ['api', 'worker'],
    longest: 10,
    inflict: killed(({ api, workers }) => [api, ...workers]),
  },
  {
    name: 'rolling-restart',
    about: 'SIGTERM to API and workers, one after the other',
    targets: ['api', 'worker'],
    longest: 30,
    inflict: ({ api, workers }) => restartOneByOne([...workers, api]),
  },
];
