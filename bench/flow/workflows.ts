/** The baselines of `bench flow`: runs of the same steps as Hermes's, in which nothing is done. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { EmptyActivities, EmptyRun } from './empty.ts';

const local = proxyLocalActivities<EmptyActivities>({ startToCloseTimeout: '30 s' });
const remote = proxyActivities<EmptyActivities>({ taskQueue: 'empty-calls', startToCloseTimeout: '60 s' });

const take = async (run: EmptyRun): Promise<void> => {
  for (const [index, step] of run.steps.entries()) {
    if (step === 'local') await local.step({ id: run.id, index });
    else await remote.step({ id: run.id, index });
  }
};

/** An event: its steps, then the run that it asks for, if any. */
export const EmptyEvent = async (run: EmptyRun): Promise<void> => {
  await take(run);
  if (run.asks !== undefined) await local.request(run.asks);
};

export const EmptySync = take;
