/** Finds companies whose sync is due though nobody asked for it: the request was lost between two systems. */
import type { Client } from '@temporalio/client';
import type { Knex } from 'knex';
import { isSyncDue, usualWaySeconds, type SyncState } from '../activities/hermes/changes.ts';
import { orderSync } from '../activities/hermes/requestSync.ts';
import type { Database } from '../db/connection.ts';
import type { Logger } from '../observability/logger.ts';

const batchSize = 200;

type Candidate = SyncState & { id: number };

/** Ids of companies that one side is behind with; versions that it refused are left out, or many of them would hide what was lost. */
const behind = (db: Knex, side: 'pipedrive' | 'tc2'): Knex.QueryBuilder =>
  db('company')
    .whereRaw(`wanted_version > ${side}_synced_version`)
    .whereRaw(`${side}_failed_version is distinct from wanted_version`)
    .whereRaw(`wanted_at < now() - ? * interval '1 second'`, [usualWaySeconds])
    .orderBy('wanted_at')
    .limit(batchSize)
    .select('id');

/**
 * The companies that are behind for longest. Each side is asked for its own: nobody can tell PostgreSQL how few of all companies are
 * behind, and it would make ready to read a third of them.
 */
export const findBehind = async (db: Knex): Promise<Candidate[]> =>
  db('company')
    .whereRaw('id = any (array(?))', [db.unionAll([behind(db, 'pipedrive'), behind(db, 'tc2')], true)])
    .orderBy('wanted_at')
    .limit(batchSize)
    .select<Candidate[]>('*');

/** @returns how many syncs it asked for; one that runs already is only told again */
export const sweepOnce = async (db: Database, client: Client, logger: Logger): Promise<number> => {
  const candidates = await findBehind(db);
  const due = candidates.filter((company) => company.wanted_version > 0 && isSyncDue(company));
  for (const { id } of due) await orderSync(client, { companyId: id, priority: 'repair' });
  if (due.length > 0) logger.warn({ companies: due.length }, 'the sweep asked for syncs that were lost');
  return due.length;
};
