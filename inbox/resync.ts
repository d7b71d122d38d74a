/** Fresh syncs of companies, asked for by an operator: what a side refused for good is tried again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { orderSync } from '../activities/hermes/requestSync.ts';
import type { Database } from '../db/connection.ts';

/** Makes what is wanted of the companies due again, and records who asked. @returns those that there are */
const makeDue = (db: Database, companyIds: readonly number[], requestedBy: string): Promise<number[]> =>
  db.transaction(async (trx) => {
    const rows = (await trx('company')
      .whereIn('id', companyIds)
      .update({
        wanted_version: trx.raw('wanted_version + 1'),
        wanted_at: trx.fn.now(),
        pipedrive_failed_version: null,
        pipedrive_failure: null,
        tc2_failed_version: null,
        tc2_failure: null,
      })
      .returning('id')) as { id: number }[];
    const due = rows.map(({ id }) => id);
    if (due.length > 0) {
      await trx('replay_job').insert({
        requested_by: requestedBy,
        filter: JSON.stringify({ resync: due.length === 1 ? due[0] : due }),
      });
    }
    return due;
  });

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
  const [due] = await makeDue(db, [companyId], requestedBy);
  if (due === undefined) return false;
  await orderSync(client, { companyId: due, priority: 'webhook' });
  return true;
};

/**
 * Makes the syncs of many companies due, and begins to ask for them: one after the other, behind everyday work.
 *
 * @param afterMs begins so much later, for a change of the configuration that the workers have to notice first
 * @returns `asked` ends when all were asked for. It fails when Temporal cannot be reached; the orders stand all the same, and the worker's
 * sweep finds them
 */
export const resyncCompanies = async (
  db: Database,
  client: Client,
  companyIds: readonly number[],
  requestedBy: string,
  afterMs = 0,
): Promise<{ companies: number; asked: Promise<void> }> => {
  const due = await makeDue(db, companyIds, requestedBy);
  const ask = async (): Promise<void> => {
    if (afterMs > 0) await sleep(afterMs);
    for (const companyId of due) await orderSync(client, { companyId, priority: 'repair' });
  };
  return { companies: due.length, asked: ask() };
};
