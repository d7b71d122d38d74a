import type { PipedriveDependencies } from '../pipedrive/deps.ts';
import { reconcilePage } from './page.ts';
import { repairDrift } from './repair.ts';

/** One call to Pipedrive each. */
export const createReconcileActivities = (deps: PipedriveDependencies) => ({
  reconcilePage: reconcilePage(deps),
  repairDrift: repairDrift(deps),
});

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>;
