/**
 * The way of every Pipedrive event: its turn, its place in time, its application, its end. What differs between organizations,
 * persons, deals, pipelines and stages is in the handlers.
 */
import type { Knex } from 'knex';
import type { Fields } from '../../../domain/pipedrive/fields.ts';
import type { PipedriveEntity } from '../../../domain/pipedriveWebhook/envelope.ts';
import { isAfterlife, readSubject } from '../../../domain/pipedriveWebhook/subject.ts';
import { freshness } from '../../../domain/values/freshness.ts';
import type { EventInput } from '../../../workflows/names.ts';
import { isSyncDue, syncColumns, usualWaySeconds, type SyncState } from '../changes.ts';
import { endEvent, endInFailure } from '../endEvent.ts';
import type { EventResult } from '../eventResult.ts';
import { finishInboxRow, healStandingFailures, loadInboxRow, type InboxRow } from '../inboxRow.ts';
import { lockRemoteRecord, saveRemoteRecord } from '../remoteRecord.ts';
import type { PdContext, PdEventDependencies, PdSubject } from './context.ts';
import type { PdReference, PdVerdict } from './verdict.ts';

/** How the records of an entity follow Pipedrive's. */
export interface PdHandlers {
  store: (context: PdContext, subject: PdSubject) => Promise<PdVerdict>;
  remove: (context: PdContext, subject: PdSubject) => Promise<PdVerdict>;
}

/** Companies of which the event changed a record, in this pass or in an earlier one. */
const changedCompanies = (trx: Knex, webhookId: number): Promise<number[]> =>
  trx('field_change')
    .where({ webhook_id: webhookId })
    .orderBy('company_id')
    .distinct()
    .pluck<number[]>('company_id');

/**
 * Whether the event asks for a sync. One that changed nothing is most often the echo of a sync that runs: to ask for another would
 * only repeat what is being refused meanwhile (RL-16).
 */
const isDue = async (trx: Knex, companyId: number, changed: boolean): Promise<boolean> => {
  const state = (await trx('company')
    .where({ id: companyId })
    .first(
      ...syncColumns,
      trx.raw(`wanted_at > now() - ? * interval '1 second' as on_its_way`, [usualWaySeconds]),
    )) as (SyncState & { on_its_way: boolean }) | undefined;
  return state !== undefined && isSyncDue(state) && (changed || !state.on_its_way);
};

const finish = async (
  trx: Knex.Transaction,
  row: InboxRow,
  outcome: 'applied' | 'unchanged' | 'stale' | 'ignored',
  end: { companyId: number | null; reason: string | null },
  raised: ReadonlySet<number> = new Set(),
): Promise<EventResult> => {
  const { companyId } = end;
  const isNews = companyId !== null && (outcome === 'applied' || raised.has(companyId));
  const syncNeeded = companyId !== null && outcome !== 'stale' && (await isDue(trx, companyId, isNews));
  const furtherSyncs = [...raised].filter((id) => id !== companyId);
  return endEvent(trx, row, { outcome, ...end, syncNeeded, furtherSyncs });
};

/** Something newer was applied: after an earlier pass of the event itself, its sync may be still to be asked for. */
const finishOvertaken = async (
  trx: Knex.Transaction,
  row: InboxRow,
  entity: PipedriveEntity,
): Promise<EventResult> => {
  const { company_id: companyId } = row;
  const reason = `newer data of the ${entity} was applied before`;
  const changed = await changedCompanies(trx, row.id);
  const [first] = changed;
  if (first === undefined) return finish(trx, row, 'stale', { companyId, reason });
  return finish(trx, row, 'applied', { companyId: companyId ?? first, reason: null }, new Set(changed));
};

const readFirst = async (trx: Knex, row: InboxRow, reference: PdReference | null): Promise<EventResult> => {
  await trx('webhook')
    .where({ id: row.id })
    .update({ waiting_for: reference === null ? null : `${reference.entity}:${reference.id}` });
  return { kind: 'readNeeded' };
};

const conclude = async (
  trx: Knex.Transaction,
  row: InboxRow,
  verdict: Exclude<PdVerdict, { kind: 'readNeeded' }>,
  raised: ReadonlySet<number>,
): Promise<EventResult> => {
  const { companyId } = verdict;
  switch (verdict.kind) {
    case 'parked': {
      const { waitingFor, message } = verdict;
      await finishInboxRow(trx, row.id, { outcome: 'parked', reason: message, companyId, waitingFor });
      // It may wait for days, and what it raised must not.
      return {
        kind: 'parked',
        waitingFor,
        message,
        ...(raised.size > 0 ? { furtherSyncs: [...raised] } : {}),
      };
    }
    case 'ignored':
      return finish(trx, row, 'ignored', { companyId, reason: verdict.reason }, raised);
    case 'stored': {
      await healStandingFailures(trx, row);
      const changed = verdict.changed || (await changedCompanies(trx, row.id)).length > 0;
      return finish(trx, row, changed ? 'applied' : 'unchanged', { companyId, reason: verdict.note }, raised);
    }
  }
};

/** What a log line tells. */
const describe = (result: EventResult): Fields => {
  if (result.kind === 'done') {
    return { kind: 'done', outcome: result.outcome, companyId: result.companyId, reason: result.reason };
  }
  if (result.kind === 'failed') return { kind: 'failed', failure: result.type };
  if (result.kind === 'parked') return { kind: 'parked', waitingFor: result.waitingFor };
  return { kind: result.kind };
};

/**
 * Makes the activity that applies the events of an entity.
 *
 * @returns `readNeeded` when the event is too old to trust a clock, or speaks of a record that Hermes must read first; `parked` while
 * something that only an operator can add is missing
 */
export const applyPdEvent =
  (deps: PdEventDependencies, entity: PipedriveEntity, handlers: PdHandlers) =>
  async ({ webhookId }: EventInput): Promise<EventResult> => {
    const { db, logger } = deps;
    const row = await loadInboxRow(db, webhookId);
    const said = readSubject(row, entity);
    const map = await deps.fieldMap();

    const result = await db.transaction(async (trx): Promise<EventResult> => {
      if (!said.ok) {
        const { message } = said;
        return endInFailure(trx, row, { type: 'InvalidRecord', message, companyId: row.company_id });
      }
      const { isDelete } = said;
      const record = await lockRemoteRecord(trx, 'pipedrive', entity, said.subject.id);
      const subject: PdSubject = { ...said.subject, record };
      const age = freshness(subject.happenedAt, record.event_at);
      if (age === 'read' && !subject.isReading) return readFirst(trx, row, null);
      if (age !== 'fresh' || isAfterlife(subject, isDelete)) {
        return finishOvertaken(trx, row, entity);
      }

      const by = { source: 'pipedrive', webhookId: row.id };
      const context: PdContext = { trx, deps, map, by, receivedAt: row.received_at, raised: new Set() };
      const verdict = await (isDelete ? handlers.remove : handlers.store)(context, subject);
      if (verdict.kind === 'readNeeded') return readFirst(trx, row, verdict.reference);
      if (verdict.kind !== 'parked' || verdict.stored) {
        await saveRemoteRecord(trx, 'pipedrive', entity, subject.id, {
          event_at: subject.happenedAt,
          deleted_at: isDelete ? subject.happenedAt : null,
          ...(isDelete ? {} : { deletion_ordered_at: null }),
        });
      }
      return conclude(trx, row, verdict, context.raised);
    });
    logger.info({ webhookId, entity, ...describe(result) }, 'Pipedrive event');
    return result;
  };
