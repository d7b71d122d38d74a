/**
 * Reconcile: reads Pipedrive's real state by pages, compares it with what Hermes holds, and repairs what drifted apart.
 *
 * Nothing is repaired before all was compared: much drift at once is not drift but a mistake (a wrong key, a changed field map, a
 * restored database), and repairing it would spread it. Then the run fails, for an operator to see.
 */
import {
  ApplicationFailure,
  defineQuery,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { ReconcileActivities } from '../activities/reconcile/index.ts';
import type { PageAnswer, PageRequest } from '../activities/reconcile/page.ts';
import type { DriftEntity } from '../domain/reconcile/drift.ts';
import {
  addCounts,
  emptyCount,
  repairBatch,
  type Counts,
  type DriftedRecord,
  type ReconcileSummary,
  type Repairs,
} from '../domain/reconcile/report.ts';
import { taskQueues } from '../temporal/taskQueues.ts';
import { priorities } from './names.ts';
import { showFailure } from './failures.ts';
import { persist } from './persist.ts';

export interface ReconcileInput {
  /** Compare and report only. */
  dryRun: boolean;
  /** More drifted records than this are not repaired. */
  maxRepairs: number;
}

/** How far the run is, for whoever waits for it. */
export const reconcileProgress = defineQuery<{ entity: string; read: number; drifted: number }>('progress');

const entities: readonly DriftEntity[] = ['organization', 'person', 'deal'];

/** Pages are far apart, so that reading all takes a small share of the rate: one call in two seconds. */
const pageEvery = '2 s';

const pipedrive = proxyActivities<ReconcileActivities>({
  taskQueue: taskQueues.pipedrive,
  startToCloseTimeout: '5 min',
  retry: { initialInterval: '1 s', backoffCoefficient: 2, maximumInterval: '10 s', maximumAttempts: 4 },
  priority: { priorityKey: priorities.repair },
});

const patiently = <T>(call: () => Promise<T>): Promise<T> =>
  persist({ what: 'Pipedrive', woken: () => false }, call);

const linesOf = (counts: Counts): string =>
  entities
    .map((entity) => {
      const { read, compared, drifted, busy } = counts[entity];
      return `- ${entity}: ${read} read, ${compared} compared, ${drifted} drifted, ${busy} on their way`;
    })
    .join('\n');

/** Compares all records of Pipedrive with Hermes, and repairs up to `maxRepairs` of them. */
export async function Reconcile({ dryRun, maxRepairs }: ReconcileInput): Promise<ReconcileSummary> {
  const counts: Counts = { organization: emptyCount(), person: emptyCount(), deal: emptyCount() };
  const drifted: DriftedRecord[] = [];
  let total = 0;
  let current: DriftEntity = 'organization';
  setHandler(reconcileProgress, () => ({ entity: current, read: counts[current].read, drifted: total }));

  const summary = (state: ReconcileSummary['state'], repairs: Repairs): ReconcileSummary => ({
    state,
    drifted: total,
    maxRepairs,
    counts,
    repairs,
  });
  const stop = (type: 'BudgetLow' | 'TooMuchDrift', message: string): ApplicationFailure => {
    showFailure(type);
    const state = type === 'BudgetLow' ? 'budgetLow' : 'tooMuch';
    const details = [summary(state, { events: 0, syncs: 0 })];
    return ApplicationFailure.create({ type, message, nonRetryable: true, details });
  };

  for (const entity of entities) {
    current = entity;
    let [cursor, after]: [string | null, number] = [null, 0];
    for (;;) {
      const request: PageRequest = { entity, cursor, after, room: Math.max(0, maxRepairs - total) };
      const page: PageAnswer = await patiently(() => pipedrive.reconcilePage(request));
      if (page.budgetLow) {
        throw stop('BudgetLow', "Pipedrive's budget of the day is nearly spent: nothing was repaired");
      }
      counts[entity] = addCounts(counts[entity], page.count);
      total += page.count.drifted;
      drifted.push(...page.drifted);
      setCurrentDetails(linesOf(counts));
      ({ cursor, after } = page);
      if (!(page.more ?? cursor !== null)) break;
      await sleep(pageEvery);
    }
  }

  const repairs: Repairs = { events: 0, syncs: 0 };
  if (total === 0) return summary('inSync', repairs);
  if (dryRun) return summary('reported', repairs);
  if (total > maxRepairs) {
    throw stop(
      'TooMuchDrift',
      `${total} records drifted, more than the ${maxRepairs} that are repaired unasked`,
    );
  }
  for (const entity of entities) {
    const records = drifted.filter((record) => record.entity === entity);
    for (let at = 0; at < records.length; at += repairBatch) {
      const done = await patiently(() =>
        pipedrive.repairDrift({ entity, records: records.slice(at, at + repairBatch) }),
      );
      repairs.events += done.events;
      repairs.syncs += done.syncs;
    }
  }
  return summary('repaired', repairs);
}
