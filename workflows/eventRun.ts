/** The run of an event: apply it to the records, and ask for a sync when something changed. */
import {
  ApplicationFailure,
  condition,
  defineSignal,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { EventResult } from '../activities/hermes/eventResult.ts';
import { companyIdAttribute } from '../temporal/searchAttributes.ts';
import type { EventInput, PriorityName } from './names.ts';
import { showFailure, typedFailure } from './failures.ts';
import { persist } from './persist.ts';
import { database } from './proxies.ts';

/** Sent to parked runs when the configuration changed. */
export const wakeSignal = defineSignal('wake');

/** What a run returns, for the Web UI. */
export interface EventOutcome {
  outcome: string;
  companyId: number | null;
  reason: string | null;
}

/** Seconds between looks of a parked run; the last one repeats. A change of the configuration wakes it at once. */
const parkedSeconds = [15, 30, 60, 300, 900];

const showCompany = (companyId: number | null): void => {
  if (companyId === null) return;
  const shown = workflowInfo().typedSearchAttributes.get(companyIdAttribute);
  if (shown !== String(companyId)) {
    upsertSearchAttributes([{ key: companyIdAttribute, value: String(companyId) }]);
  }
};

export interface EventSteps {
  apply: (input: EventInput) => Promise<EventResult>;
  /** Reads what holds from the sender's API, when the event alone does not say it. */
  read: (input: EventInput) => Promise<void>;
  /** Name of the sender's API, for operators. */
  readFrom: string;
}

const requestSyncs = async (companyIds: readonly number[] = [], priority: PriorityName): Promise<void> => {
  for (const companyId of companyIds) await database.requestSync({ companyId, priority });
};

/** Reads what holds and applies it; what the sender's API refuses to say is a failure of the event, recorded and visible. */
const readAndApply = async (input: EventInput, steps: EventSteps): Promise<EventResult> => {
  try {
    await persist({ what: steps.readFrom, woken: () => false }, () => steps.read(input));
  } catch (error) {
    const failure = typedFailure(error);
    if (failure === null) throw error;
    return database.failEvent({ ...input, type: failure.type ?? 'Refused', message: failure.message });
  }
  return steps.apply(input);
};

/**
 * Runs an event to its end.
 *
 * @throws ApplicationFailure typed by the reason when the event cannot be applied; a replay heals it
 */
export const runEvent = async (input: EventInput, steps: EventSteps): Promise<EventOutcome> => {
  let woken = false;
  setHandler(wakeSignal, () => {
    woken = true;
  });
  let result = await steps.apply(input);
  for (let looks = 0; ;) {
    switch (result.kind) {
      case 'readNeeded':
        result = await readAndApply(input, steps);
        continue;
      case 'parked': {
        showFailure('Parked');
        const seconds = parkedSeconds[Math.min(looks, parkedSeconds.length - 1)] ?? 900;
        setCurrentDetails(
          `**Parked**: ${result.message}\n\nWaits for \`${result.waitingFor}\` and goes on by itself when it exists.`,
        );
        looks += 1;
        woken = false;
        await requestSyncs(result.furtherSyncs, 'webhook');
        await condition(() => woken, seconds * 1000);
        result = await steps.apply(input);
        continue;
      }
      case 'failed':
        showCompany(result.companyId);
        showFailure(result.type);
        throw ApplicationFailure.create({
          type: result.type,
          message: result.message,
          nonRetryable: true,
        });
      case 'done':
        if (looks > 0) showFailure(null);
        showCompany(result.companyId);
        if (result.syncNeeded && result.companyId !== null) {
          await database.requestSync({ companyId: result.companyId, priority: result.priority });
        }
        await requestSyncs(result.furtherSyncs, result.priority);
        return { outcome: result.outcome, companyId: result.companyId, reason: result.reason };
    }
  }
};
