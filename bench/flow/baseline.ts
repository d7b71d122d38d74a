/** Empty runs, asked for over HTTP as Hermes's are. */
import { randomUUID } from 'node:crypto';
import type { Servers } from '../servers.ts';
import type { EmptyBurst, EmptyRun } from './empty.ts';

export interface Baseline {
  pid: number;
  /** Starts runs and waits until their last steps are taken. */
  run(shape: Omit<EmptyRun, 'id'>, count: number, inFlight: number): Promise<void>;
}

export const startBaseline = async (servers: Servers): Promise<Baseline> => {
  const { url, child } = await servers.startHttp({
    name: 'empty',
    file: 'bench/flow/empty.ts',
    env: { TEMPORAL_ADDRESS: servers.temporalAddress },
    answersAt: '/',
  });
  return {
    pid: child.pid ?? 0,
    run: async (shape, count, inFlight) => {
      const burst: EmptyBurst = { prefix: randomUUID(), count, run: shape, inFlight };
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(burst) });
      if (!response.ok) throw new Error(`the baseline failed: ${await response.text()}`);
      await response.arrayBuffer();
    },
  };
};
