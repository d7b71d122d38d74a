/** Finds companies whose sync is due though nobody asked for it: the request was lost between two systems. */
import type { Client } from '@temporalio/client';
import { isSyncDue, usualWaySeconds, type SyncState } from '../activities/hermes/changes.ts';
import { orderSync } from '../activities/hermes/requestSync.ts';
import type { Database } from '../db/connection.ts';
import type { Logger } from '../observability/logger.ts';

const batchSize = 200;

type Candidate = SyncState & { id: number };

/** @returns how many syncs it asked for; one that runs already is only told again */
export const sweepOnce = async (db: Database, client: Client, logger: Logger): Promise<number> => {
  // Refused versions are left out in the query: many of them must not hide the ones that were lost.
  const candidates = (await db('company')
    .whereRaw(
      `(wanted_version > pipedrive_synced_version and pipedrive_failed_version is distinct from wanted_version
        or wanted_version > tc2_synced_version and tc2_failed_version is distinct from wanted_version)`,
    )
    .whereRaw(`wanted_at < now() - ? * interval '1 second'`, [usualWaySeconds])
    .orderBy('wanted_at')
    .limit(batchSize)
    .select('*')) as Candidate[];
  const due = candidates.filter((company) => company.wanted_version > 0 && isSyncDue(company));
  for (const { id } of due) await orderSync(client, { companyId: id, priority: 'repair' });
  if (due.length > 0) logger.warn({ companies: due.length }, 'the sweep asked for syncs that were lost');
  return due.length;
};
