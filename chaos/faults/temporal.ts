/** Temporal goes away, in good order and without warning. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosFault } from './fault.ts';

/** Webhooks arrive meanwhile. */
const absenceMs = 60_000;

export const temporalFaults: readonly ChaosFault[] = [
  {
    name: 'temporal-killed',
    about: 'SIGKILL of Temporal, back on its data after some seconds',
    targets: ['temporal'],
    longest: 10,
    inflict: async ({ temporal }, random) => {
      await temporal.kill();
      await pause(random.between(500, 4000));
      await temporal.start();
    },
  },
  {
    name: 'temporal-frozen',
    about: 'SIGSTOP of Temporal: connections stay open, nothing answers',
    targets: ['temporal'],
    longest: 10,
    inflict: async ({ temporal }, random) => {
      temporal.freeze();
      await pause(random.between(2000, 8000));
      temporal.thaw();
    },
  },
  {
    name: 'temporal-away',
    about: 'Temporal stopped for a minute while webhooks arrive',
    targets: ['temporal'],
    longest: 75,
    inflict: async ({ temporal }) => {
      await temporal.stop();
      await pause(absenceMs);
      await temporal.start();
    },
  },
];
