/** A fresh sync of a company, asked for by an operator: what a side refused for good is tried again. */
import type { Client } from '@temporalio/client';
import { orderSync } from '../activities/hermes/requestSync.ts';
import type { Database } from '../db/connection.ts';

/**
 * Asks for the sync of a company and records who asked.
 *
 * @returns whether there is such a company
 * @throws when Temporal cannot be reached; the order stands all the same, and the worker's sweep finds it
 */
export const resyncCompany = async (
  db: Database,
  client: Client,
  companyId: number,
  requestedBy: string,
): Promise<boolean> => {
  const known = await db.transaction(async (trx) => {
    const rows = await trx('company')
      .where({ id: companyId })
      .update({
        wanted_version: trx.raw('wanted_version + 1'),
        wanted_at: trx.fn.now(),
        pipedrive_failed_version: null,
        pipedrive_failure: null,
        tc2_failed_version: null,
        tc2_failure: null,
      });
    if (rows === 0) return false;
    await trx('replay_job').insert({
      requested_by: requestedBy,
      filter: JSON.stringify({ resync: companyId }),
    });
    return true;
  });
  if (known) await orderSync(client, { companyId, priority: 'webhook' });
  return known;
};
