/** Asks for the sync of a company: starts its CompanySync, or tells the one that runs. Asking twice is harmless. */
import { getClient } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { startAttributes } from '../../temporal/searchAttributes.ts';
import { taskQueues } from '../../temporal/taskQueues.ts';
import type { StandAside } from '../downstream/standAside.ts';
import {
  companySyncId,
  priorities,
  syncRequestedSignal,
  type PriorityName,
  type SyncRequest,
} from '../../workflows/names.ts';

export interface SyncOrder {
  companyId: number;
  priority: PriorityName;
}

/** @throws when Temporal cannot be reached; the sweep finds the company later all the same */
export const orderSync = async (client: Client, { companyId, priority }: SyncOrder): Promise<void> => {
  const signalArgs: [SyncRequest] = [{ priority }];
  await client.workflow.signalWithStart('CompanySync', {
    workflowId: companySyncId(companyId),
    taskQueue: taskQueues.hermes,
    args: [{ companyId }],
    signal: syncRequestedSignal,
    signalArgs,
    staticSummary: `company ${companyId} to Pipedrive and TC2`,
    typedSearchAttributes: startAttributes({ source: 'hermes', subject: `company-${companyId}`, companyId }),
    priority: { priorityKey: priorities[priority] },
  });
};

/** The same from inside a run. The calls of a booking's sync are expected from then on. */
export const requestSync =
  (standAside: StandAside | undefined) =>
  async (order: SyncOrder): Promise<void> => {
    await orderSync(getClient(), order);
    if (order.priority === 'booking') standAside?.expectUrgent();
  };
