/** Wakes parked runs when the configuration changed. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Database } from '../db/connection.ts';
import type { Logger } from '../observability/logger.ts';

/** @returns how many runs were told to look again */
export const wakeParked = async (db: Database, client: Client, logger: Logger): Promise<number> => {
  const ids = (await db('webhook')
    .where({ outcome: 'parked' })
    .whereNotNull('workflow_id')
    .orderBy('id')
    .pluck('workflow_id')) as string[];
  for (const workflowId of ids) {
    try {
      await client.workflow.getHandle(workflowId).signal('wake');
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  if (ids.length > 0) logger.info({ runs: ids.length }, 'the configuration changed: parked runs look again');
  return ids.length;
};
