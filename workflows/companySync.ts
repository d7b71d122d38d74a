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
import {
  priorities,
  priorityNamed,
  syncRequestedSignal,
  type CompanySyncInput,
  type SyncRequest,
} from './names.ts';
import { createBaton } from './baton.ts';
import { showFailure } from './failures.ts';
import type { Refused } from './pass.ts';
import { createNotices, RenewRun } from './persist.ts';
import { tellQueueWait } from './queueWait.ts';
import { pipedrivePass } from './pipedrivePass.ts';
import { tc2Pass } from './tc2Pass.ts';

export const syncRequested = defineSignal<[SyncRequest]>(syncRequestedSignal);

interface Side {
  /** Something may differ. */
  dirty: boolean;
  busy: boolean;
  /** In an outage. */
  waiting: boolean;
  /** Refusals of the last pass. */
  refusals: string[];
  refused: Refused;
}

const newSide = (dirty: boolean): Side => ({
  dirty,
  busy: false,
  waiting: false,
  refusals: [],
  refused: { version: null, keys: [], reasons: [] },
});

/**
 * Syncs a company until both sides hold what is wanted.
 *
 * @throws ApplicationFailure Refused, naming every record that a side refused; the next change of the company tries again
 */
export async function CompanySync(input: CompanySyncInput): Promise<{ passes: number }> {
  const { companyId, renewAfter } = input;
  tellQueueWait();
  const pipedriveSide = newSide(true);
  const tc2Side = newSide(false);
  const notices = createNotices();
  let priorityKey: number = priorities[input.priority ?? 'repair'];
  let urgent = input.priority === 'booking';
  let tc2Priority = priorityKey;
  let passes = 0;
  let writes = 0;

  setHandler(syncRequested, ({ priority }) => {
    priorityKey = Math.min(priorityKey, priorities[priority]);
    urgent ||= priority === 'booking';
    pipedriveSide.dirty = true;
    // While Pipedrive is away, TC2 is still told what changed.
    if (pipedriveSide.waiting) tc2Side.dirty = true;
  });

  const isIdle = (): boolean =>
    !pipedriveSide.dirty && !pipedriveSide.busy && !tc2Side.dirty && !tc2Side.busy;
  const mustRenew = (): boolean =>
    workflowInfo().continueAsNewSuggested || workflowInfo().historyLength > (renewAfter ?? Infinity);

  const baton = createBaton();
  const { during } = baton;
  const act = async (side: Side, pass: () => Promise<void>): Promise<void> => {
    for (;;) {
      await during(() => condition(() => side.dirty || isIdle() || mustRenew()));
      if (!side.dirty || mustRenew()) return;
      side.dirty = false;
      side.busy = true;
      side.refusals = [];
      try {
        await pass();
      } catch (error) {
        if (!(error instanceof RenewRun)) throw error;
        side.dirty = true;
        return;
      } finally {
        side.busy = false;
        side.waiting = false;
      }
    }
  };

  const loop = async (side: Side, pass: () => Promise<void>): Promise<void> => {
    await baton.take();
    try {
      await act(side, pass);
    } finally {
      baton.pass();
    }
  };

  const pipedriveLoop = loop(pipedriveSide, async () => {
    passes += 1;
    await pipedrivePass({
      companyId,
      notices,
      mustRenew,
      during,
      priorityKey: () => priorityKey,
      refusals: pipedriveSide.refusals,
      refused: pipedriveSide.refused,
      onWaiting: (waiting) => {
        pipedriveSide.waiting = waiting;
        if (waiting) tc2Side.dirty = true;
      },
      onWrites: () => {
        writes += 1;
      },
      collect: async (round, msSinceSync) => {
        // What differs still after our own calls is their consequence, unless somebody said that something changed.
        if (round > 0 && !pipedriveSide.dirty) return false;
        const wait = coalesceMs(writes, msSinceSync);
        if (wait === 0 || urgent) return false;
        await during(() => condition(() => urgent, wait));
        // What arrived during the wait is part of the comparison that follows.
        const changed = pipedriveSide.dirty;
        pipedriveSide.dirty = false;
        return changed;
      },
    });
    tc2Priority = priorityKey;
    tc2Side.dirty = true;
    if (pipedriveSide.dirty) return;
    priorityKey = priorities.repair;
    urgent = false;
  });
  const tc2Loop = loop(tc2Side, () =>
    tc2Pass({
      companyId,
      notices,
      mustRenew,
      during,
      priorityKey: tc2Priority,
      refusals: tc2Side.refusals,
      refused: tc2Side.refused,
      onWaiting: (waiting) => {
        tc2Side.waiting = waiting;
      },
    }),
  );
  await Promise.all([pipedriveLoop, tc2Loop]);
  await condition(allHandlersFinished);

  if (pipedriveSide.dirty || tc2Side.dirty) {
    const priority = priorityNamed(Math.min(priorityKey, tc2Priority));
    await continueAsNew<typeof CompanySync>({
      companyId,
      priority,
      ...(renewAfter === undefined ? {} : { renewAfter }),
    });
  }
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
