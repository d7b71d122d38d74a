/** Repairs what drifted apart of one company, as the nightly reconciliation does for all. */
import { createFieldMapReader } from '../../activities/hermes/fieldMap.ts';
import { orderSync } from '../../activities/hermes/requestSync.ts';
import {
  judgeRecords,
  linkedOfCompany,
  type Judged,
  type ReadRecord,
} from '../../activities/reconcile/compare.ts';
import { repairJudged } from '../../activities/reconcile/repair.ts';
import type { CallFailure } from '../../clients/failure.ts';
import type { PipedriveClient } from '../../clients/pipedrive/client.ts';
import { databaseTime } from '../../db/clock.ts';
import type { DriftEntity } from '../../domain/reconcile/drift.ts';
import { repairBatch } from '../../domain/reconcile/report.ts';
import type { ApiDependencies } from '../context.ts';

export type CompanyRepair =
  | {
      ok: true;
      /** Changes of Pipedrive that are taken over. */
      events: number;
      /** Whether the company is synced anew. */
      synced: boolean;
    }
  | { ok: false; failure: CallFailure };

const entities: readonly DriftEntity[] = ['organization', 'person', 'deal'];

/**
 * One call per kind of record. Everything is judged before anything is repaired: a company that is behind is not judged any more.
 *
 * @returns what was ordered; the failure when Pipedrive does not answer, and nothing is repaired then
 */
export const repairCompany = async (
  { db, environment, temporal }: ApiDependencies,
  pipedrive: PipedriveClient,
  companyId: number,
): Promise<CompanyRepair> => {
  const judging = { db, environment, fieldMap: createFieldMapReader(db) };
  const calls = { organization: pipedrive.organizations, person: pipedrive.persons, deal: pipedrive.deals };
  const found: {
    entity: DriftEntity;
    judged: Judged[];
    answered: ReadonlyMap<number, ReadRecord>;
    readAt: Date;
  }[] = [];
  for (const entity of entities) {
    const linked = (await linkedOfCompany(judging, entity, companyId)).slice(0, repairBatch);
    if (linked.length === 0) continue;
    const readAt = await databaseTime(db);
    const ids = linked.map(({ remoteId }) => remoteId);
    const answer = await calls[entity].list({ ids, limit: repairBatch });
    if (!answer.ok) return { ok: false, failure: answer.failure };
    const answered = new Map((answer.data.items as ReadRecord[]).map((record) => [record.id, record]));
    const judged = await judgeRecords(judging, entity, linked, answered, readAt);
    found.push({ entity, judged, answered, readAt });
  }
  let events = 0;
  let synced = false;
  for (const { entity, judged, answered, readAt } of found) {
    const orders = await repairJudged(db, entity, judged, answered, readAt);
    events += orders.events;
    synced ||= orders.syncs.size > 0;
  }
  if (synced) await orderSync(temporal, { companyId, priority: 'webhook' });
  return { ok: true, events, synced };
};
