/**
 * Repairs drifted records: reads them once more, and lets the everyday machinery do the rest.
 *
 * What somebody changed in Pipedrive without Hermes hearing of it becomes an event of the inbox, as the lost webhook would have: the
 * rules of Pipedrive's events decide. What was emptied, or set back to an older value of ours, is believed as it was read, and the sync
 * writes it anew. A record that is not listed any more is read by the sync, which knows what to do when it is gone.
 */
import { getClient } from '@temporalio/activity';
import type { Knex } from 'knex';
import type { Database } from '../../db/connection.ts';
import type { DriftEntity } from '../../domain/reconcile/drift.ts';
import { repairBatch, type DriftedRecord, type Repairs } from '../../domain/reconcile/report.ts';
import { fileReadings } from '../../inbox/reading.ts';
import { wantSync } from '../hermes/changes.ts';
import { saveRemoteRecord } from '../hermes/remoteRecord.ts';
import { orderSync } from '../hermes/requestSync.ts';
import type { PipedriveDependencies } from '../pipedrive/deps.ts';
import { judgeRecords, type Judged, type ReadRecord } from './compare.ts';
import { listRecords } from './listRecords.ts';

export interface RepairRequest {
  entity: DriftEntity;
  /** At most `repairBatch`. */
  records: DriftedRecord[];
}

/** Files what was read as an event of Pipedrive. Its key is the moment of the reading, so a retry files nothing more. */
const fileReading = async (
  trx: Knex,
  entity: DriftEntity,
  { remoteId, companyId }: Judged,
  record: ReadRecord,
  readAt: Date,
): Promise<void> => {
  const key = `reconcile:${entity}:${remoteId}:${readAt.toISOString()}`;
  await fileReadings(trx, [{ entity, record, readAt, companyId, key, by: 'reconcile' }]);
};

type Repair = 'none' | 'event' | 'sync' | 'both';

/** Takes the record's turn. @returns whether nothing was learned of it since it was read and judged */
const isStillJudged = async (
  trx: Knex,
  entity: DriftEntity,
  remoteId: number,
  readAt: Date,
): Promise<boolean> => {
  const row = (await trx('remote_record')
    .where({ system: 'pipedrive', entity, remote_id: remoteId })
    .forUpdate()
    .first('updated_at')) as { updated_at: Date } | undefined;
  // What was learned in the millisecond of the reading may be newer than it.
  return row === undefined || row.updated_at < readAt;
};

const repairRecord = async (
  db: Database,
  entity: DriftEntity,
  judged: Judged,
  record: ReadRecord | undefined,
  readAt: Date,
): Promise<Repair> => {
  const { companyId, remoteId, drift, known, reading } = judged;
  if (drift === null || drift === 'busy') return 'none';
  return db.transaction(async (trx) => {
    if (!(await isStillJudged(trx, entity, remoteId, readAt))) return 'none';
    if (drift.kind === 'missing') {
      await saveRemoteRecord(trx, 'pipedrive', entity, remoteId, { known: null });
      await wantSync(trx, companyId);
      return 'sync';
    }
    if (drift.kind === 'unwanted') {
      await wantSync(trx, companyId);
      return 'sync';
    }
    const ours = drift.fields.filter((name) => !drift.unheard.includes(name));
    if (ours.length > 0) {
      const truth = Object.fromEntries(ours.map((name) => [name, reading?.[name] ?? null]));
      await saveRemoteRecord(trx, 'pipedrive', entity, remoteId, {
        known: known === null ? reading : { ...known, ...truth },
      });
      await wantSync(trx, companyId);
    }
    if (drift.unheard.length === 0 || record === undefined) return 'sync';
    await fileReading(trx, entity, judged, record, readAt);
    return ours.length > 0 ? 'both' : 'event';
  });
};

/** What a repair ordered: events that were filed, and companies whose sync is to be asked for. */
export interface RepairOrders {
  events: number;
  syncs: Set<number>;
}

/**
 * Repairs the records that differ.
 *
 * @param answered what Pipedrive answered just now, by id
 * @param readAt the database's time before the call
 */
export const repairJudged = async (
  db: Database,
  entity: DriftEntity,
  judged: readonly Judged[],
  answered: ReadonlyMap<number, ReadRecord>,
  readAt: Date,
): Promise<RepairOrders> => {
  const orders: RepairOrders = { events: 0, syncs: new Set() };
  for (const one of judged) {
    const repair = await repairRecord(db, entity, one, answered.get(one.remoteId), readAt);
    if (repair === 'event' || repair === 'both') orders.events += 1;
    if (repair === 'sync' || repair === 'both') orders.syncs.add(one.companyId);
  }
  return orders;
};

/** Reads the records again (10 tokens for 100) and repairs those that still differ. */
export const repairDrift =
  (dependencies: PipedriveDependencies) =>
  async ({ entity, records }: RepairRequest): Promise<Repairs> => {
    const { db, logger } = dependencies;
    const ids = records.map(({ remoteId }) => remoteId);
    const { records: answered, readAt } = await listRecords(dependencies, entity, {
      ids,
      limit: repairBatch,
    });
    const judged = await judgeRecords(dependencies, entity, records, answered, readAt);
    const { events, syncs } = await repairJudged(db, entity, judged, answered, readAt);
    for (const companyId of syncs) await orderSync(getClient(), { companyId, priority: 'repair' });
    logger.info({ entity, records: records.length, events, syncs: syncs.size }, 'drift repaired');
    return { events, syncs: syncs.size };
  };
