/** Applies DELETED_A_CLIENT: company and contacts become tombstones, open deals are lost, every row stays (TCX-01, TCX-02). */
import type { Knex } from 'knex';
import type { CompanyRow } from '../../../db/models/index.ts';
import { clientIdOf } from '../../../domain/tc2/envelope.ts';
import { freshness, isTied } from '../../../domain/values/freshness.ts';
import type { EventInput } from '../../../workflows/names.ts';
import { auditChanges, isSyncDue, wantSync, type RecordChange } from '../changes.ts';
import type { HermesDependencies } from '../deps.ts';
import { appliedBefore, endEvent, endInFailure } from '../endEvent.ts';
import type { EventResult } from '../eventResult.ts';
import { loadInboxRow } from '../inboxRow.ts';
import { lockRemoteRecord, saveRemoteRecord } from '../remoteRecord.ts';
import { applyTcClient } from './applyTcClient.ts';
import { closeFailures } from './closeClientEvent.ts';
import { closeOpenDeals } from './companyDeals.ts';
import { endStale, momentOf } from './eventTime.ts';
import { storedSubject } from './storedSubject.ts';

const deleted = { before: false, after: true };

const markDeleted = async (trx: Knex, company: CompanyRow, webhookId: number): Promise<boolean> => {
  const companyId = company.id;
  const changes: RecordChange[] = [];
  if (!company.is_deleted) {
    await trx('company').where({ id: companyId }).update({ is_deleted: true, deleted_by: 'tc2' });
    changes.push({ entity: 'company', recordId: companyId, companyId, fields: { is_deleted: deleted } });
  }
  const contacts = (await trx('contact')
    .where({ company_id: companyId, is_deleted: false })
    .update({ is_deleted: true, deleted_by: 'tc2' })
    .returning('id')) as { id: number }[];
  for (const { id } of contacts) {
    changes.push({ entity: 'contact', recordId: id, companyId, fields: { is_deleted: deleted } });
  }
  changes.push(...(await closeOpenDeals(trx, companyId)));
  if (changes.length === 0) return false;
  await auditChanges(trx, { source: 'tc2', webhookId }, changes);
  await wantSync(trx, companyId);
  return true;
};

/**
 * Applies a deletion.
 *
 * @returns `readNeeded` when only TC2 can say whether the client exists: the event is too old, or not newer than another
 */
export const applyTcDeletion =
  (dependencies: HermesDependencies) =>
  async (input: EventInput): Promise<EventResult> => {
    const { db, logger } = dependencies;
    const row = await loadInboxRow(db, input.webhookId);
    if (row.outcome === 'applied') return appliedBefore(row);
    const read = row.read_at !== null;
    // Read afresh and found: the deletion was overtaken, and what was read holds.
    if (read && row.read_body !== null) return applyTcClient(dependencies)(input);

    const result = await db.transaction(async (trx): Promise<EventResult> => {
      const cligencyId = clientIdOf(storedSubject(row));
      if (cligencyId === null) {
        const message = 'the event names no client';
        return endInFailure(trx, row, { type: 'InvalidClient', message, companyId: null });
      }
      const known = await lockRemoteRecord(trx, 'tc2', 'client', cligencyId);
      const happenedAt = momentOf(row);
      const age = freshness(happenedAt, known.event_at);
      if (age === 'read' && !read) return { kind: 'readNeeded' };
      if (age !== 'fresh') return endStale(trx, row);
      const company = (await trx('company')
        .where({ tc2_cligency_id: cligencyId })
        .forNoKeyUpdate()
        .first('*')) as CompanyRow | undefined;
      // Deleted and changed in the same millisecond: TC2 knows which came last.
      const undecided = !read && isTied(happenedAt, known.event_at) && company?.is_deleted === false;
      if (undecided) return { kind: 'readNeeded' };
      await saveRemoteRecord(trx, 'tc2', 'client', cligencyId, {
        event_at: happenedAt,
        deleted_at: happenedAt,
      });
      await closeFailures(trx, row, cligencyId, happenedAt);
      if (company === undefined) {
        const reason = 'the client is not known to Hermes';
        return endEvent(trx, row, { outcome: 'ignored', companyId: null, reason });
      }
      const changed = await markDeleted(trx, company, row.id);
      return endEvent(trx, row, {
        outcome: changed ? 'applied' : 'unchanged',
        companyId: company.id,
        reason: null,
        // An attempt that is repeated after its commit finds everything done, and must ask for the sync all the same.
        syncNeeded: changed || isSyncDue(company),
      });
    });
    const { webhookId } = input;
    if (result.kind === 'failed') {
      logger.warn({ webhookId, failure: result.type }, 'a TC2 deletion cannot be applied');
    } else if (result.kind === 'done') {
      const { outcome, companyId, reason } = result;
      logger.info({ webhookId, outcome, companyId, reason }, 'TC2 client deletion');
    }
    return result;
  };
