/**
 * CompanySync: makes Pipedrive and TutorCruncher look like Hermes, one run per company at a time.
 *
 * Two sides, each in a loop of its own, so that neither waits for the other's outage. A side loops: compare, make the calls that
 * differ, compare again, until nothing differs. Signals only say "look again"; what to do is always read from the records.
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { coalesceMs } from '../domain/pipedrive/coalesce.ts';
import { priorities, syncRequestedSignal, type CompanySyncInput, type SyncRequest } from './names.ts';
import { persist, showFailure, typedFailure } from './persist.ts';
import { pipedrivePass, type PassContext } from './pipedrivePass.ts';
import { database, tc2 } from './proxies.ts';

export const syncRequested = defineSignal<[SyncRequest]>(syncRequestedSignal);

interface Side {
  /** Something may differ. */
  dirty: boolean;
  busy: boolean;
  /** In an outage. */
  waiting: boolean;
  /** Refusals of the last pass. */
  refusals: string[];
}

const newSide = (dirty: boolean): Side => ({ dirty, busy: false, waiting: false, refusals: [] });

/** TC2's pass: at most one call per comparison. */
const writeBackPass = async (companyId: number, side: Side, priorityKey: number): Promise<void> => {
  for (;;) {
    const plan = await database.planWriteBack({ companyId, refusal: null });
    if (plan.attributes.length === 0) return;
    try {
      const outcome = await persist(
        { what: 'TC2', woken: () => false, onWaiting: (waiting) => (side.waiting = waiting) },
        () =>
          tc2.writeBackClient.executeWithOptions(
            { summary: `company ${companyId}: ${plan.attributes.join(', ')}`, priority: { priorityKey } },
            [{ companyId }],
          ),
      );
      if (outcome !== 'done') return;
    } catch (error) {
      const failure = typedFailure(error);
      if (failure === null) throw error;
      side.refusals.push(failure.message);
      await database.planWriteBack({ companyId, refusal: failure.message });
      return;
    }
  }
};

/** Syncs a company until both sides hold what is wanted. */
export async function CompanySync({ companyId }: CompanySyncInput): Promise<{ passes: number }> {
  const pipedriveSide = newSide(true);
  const tc2Side = newSide(false);
  let priorityKey: number = priorities.repair;
  let urgent = false;
  let passes = 0;

  setHandler(syncRequested, ({ priority }) => {
    priorityKey = Math.min(priorityKey, priorities[priority]);
    urgent ||= priority === 'booking';
    pipedriveSide.dirty = true;
    // While Pipedrive is away, TC2 is still told what changed.
    if (pipedriveSide.waiting) tc2Side.dirty = true;
  });

  const isIdle = (): boolean =>
    !pipedriveSide.dirty && !pipedriveSide.busy && !tc2Side.dirty && !tc2Side.busy;
  const mustRenew = (): boolean => workflowInfo().continueAsNewSuggested;

  const loop = async (side: Side, pass: () => Promise<void>): Promise<void> => {
    for (;;) {
      await condition(() => side.dirty || isIdle() || mustRenew());
      if (!side.dirty || mustRenew()) return;
      side.dirty = false;
      side.busy = true;
      side.refusals = [];
      try {
        await pass();
      } finally {
        side.busy = false;
        side.waiting = false;
      }
    }
  };

  const pipedriveLoop = loop(pipedriveSide, async () => {
    passes += 1;
    const context: PassContext = {
      companyId,
      priorityKey: () => priorityKey,
      isUrgent: () => urgent,
      refusals: pipedriveSide.refusals,
      onWaiting: (waiting) => {
        pipedriveSide.waiting = waiting;
        if (waiting) tc2Side.dirty = true;
      },
      coalesce: async (round, msSinceSync) => {
        const wait = coalesceMs(round, msSinceSync);
        if (wait === 0 || urgent) return false;
        await condition(() => urgent, wait);
        // What arrived during the wait is part of the comparison that follows.
        pipedriveSide.dirty = false;
        return true;
      },
    };
    await pipedrivePass(context);
    urgent = false;
    tc2Side.dirty = true;
  });
  const tc2Loop = loop(tc2Side, () => writeBackPass(companyId, tc2Side, priorityKey));
  await Promise.all([pipedriveLoop, tc2Loop]);
  await condition(allHandlersFinished);

  if (pipedriveSide.dirty || tc2Side.dirty) await continueAsNew<typeof CompanySync>({ companyId });
  const refusals = [...pipedriveSide.refusals, ...tc2Side.refusals];
  if (refusals.length > 0) {
    showFailure('Refused');
    throw ApplicationFailure.create({
      type: 'Refused',
      message: refusals.join('\n'),
      nonRetryable: true,
    });
  }
  return { passes };
}
