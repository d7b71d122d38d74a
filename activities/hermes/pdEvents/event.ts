/**
 * The way of every Pipedrive event: its turn, its place in time, its application, its end. What differs between organizations,
 * persons, deals, pipelines and stages is in the handlers.
 */
import type { Knex } from 'knex';
import type { FieldMap } from '../../../domain/pipedrive/fieldMap.ts';
import type { Fields } from '../../../domain/pipedrive/fields.ts';
import { isRecord, recordIdOf, type PipedriveEntity } from '../../../domain/pipedriveWebhook/envelope.ts';
import type { Report } from '../../../domain/pipedriveWebhook/news.ts';
import { readReport } from '../../../domain/pipedriveWebhook/report.ts';
import { eventMoment, freshness } from '../../../domain/tc2/freshness.ts';
import { identifierOf } from '../../../domain/values/identifier.ts';
import type { EventInput } from '../../../workflows/names.ts';
import { isSyncDue, syncColumns, type ChangeSource, type SyncState } from '../changes.ts';
import type { HermesDependencies } from '../deps.ts';
import type { EventResult } from '../eventResult.ts';
import {
  failInboxRow,
  finishInboxRow,
  healStandingFailures,
  loadInboxRow,
  type InboxRow,
} from '../inboxRow.ts';
import { lockRemoteRecord, saveRemoteRecord, type RemoteKnowledge } from '../remoteRecord.ts';

/** What applying Pipedrive's events closes over. */
export interface PdEventDependencies extends HermesDependencies {
  fieldMap: () => Promise<FieldMap>;
}

/** What is said of one record, wherever it was said. */
export interface PdSubject {
  id: number;
  report: Report;
  isCreate: boolean;
  /** Read through the API, and so complete. */
  isReading: boolean;
  /** Winner of the merge that ended this record. */
  mergedTo: number | null;
  /** Loser of the merge that this record took over. */
  mergedFrom: number | null;
  happenedAt: Date;
  record: RemoteKnowledge;
}

export interface PdContext {
  trx: Knex.Transaction;
  deps: PdEventDependencies;
  map: FieldMap;
  by: ChangeSource;
  /** Readings since then count as made for this event. */
  receivedAt: Date;
}

/** A record that must be read from Pipedrive before the event can be applied. */
export interface PdReference {
  entity: PipedriveEntity;
  id: number;
}

export type PdVerdict =
  /** Applied, or found to change nothing. */
  | { kind: 'stored'; companyId: number | null; changed: boolean; note: string | null }
  | { kind: 'ignored'; companyId: number | null; reason: string }
  | { kind: 'parked'; companyId: number | null; waitingFor: string; message: string; stored: boolean }
  /** Null: the event's own record. */
  | { kind: 'readNeeded'; reference: PdReference | null };

export interface PdHandlers {
  store: (context: PdContext, subject: PdSubject) => Promise<PdVerdict>;
  remove: (context: PdContext, subject: PdSubject) => Promise<PdVerdict>;
}

export const ignored = (reason: string, companyId: number | null = null): PdVerdict => ({
  kind: 'ignored',
  companyId,
  reason,
});

interface ArrivedSubject extends Omit<PdSubject, 'record'> {
  isDelete: boolean;
}

type Loaded = { ok: true; subject: ArrivedSubject } | { ok: false; message: string };

const jsonOf = (body: Buffer): Record<string, unknown> => {
  const json: unknown = JSON.parse(body.toString('utf8'));
  return isRecord(json) ? json : {};
};

const recordOf = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});

/** Names in flat form that the event lists as changed. */
const changedNames = (previous: unknown): string[] | null => {
  if (!isRecord(previous)) return null;
  const custom = Object.keys(recordOf(previous.custom_fields)).map((key) => `custom_fields.${key}`);
  return [...Object.keys(previous), ...custom];
};

const subjectOf = (row: InboxRow, entity: PipedriveEntity): Loaded => {
  if (row.body === null) return { ok: false, message: 'what was received is kept no longer' };
  const body = jsonOf(row.body);
  const meta = recordOf(body.meta);
  const id = recordIdOf(body);
  if (id === null) return { ok: false, message: 'the id of the record is no id' };
  const reading = row.read_at !== null;
  const base = {
    id,
    isReading: reading,
    mergedTo: identifierOf(meta.merged_to_id),
    mergedFrom: identifierOf(meta.merged_from_id),
    happenedAt: row.read_at ?? eventMoment(row.event_at, row.received_at),
  };
  const nothing = { fields: {}, fromApp: true, changed: null };
  if (reading ? row.read_body === null : meta.action === 'delete') {
    return { ok: true, subject: { ...base, report: nothing, isCreate: false, isDelete: true } };
  }
  const parsed = readReport(entity, reading ? row.read_body : body.data);
  if (!parsed.ok) {
    return { ok: false, message: `the ${entity} is not complete: ${parsed.faults.slice(0, 5).join('; ')}` };
  }
  const report: Report = {
    fields: parsed.fields,
    fromApp: !reading && meta.change_source === 'app',
    changed: reading ? null : changedNames(body.previous),
  };
  return {
    ok: true,
    subject: { ...base, report, isCreate: !reading && meta.action === 'create', isDelete: false },
  };
};

/** Whether the event changed a record of Hermes, in this pass or in an earlier one. */
const hasChanged = async (trx: Knex, webhookId: number): Promise<boolean> =>
  (await trx('field_change').where({ webhook_id: webhookId }).first('id')) !== undefined;

const isDue = async (trx: Knex, companyId: number): Promise<boolean> => {
  const state = (await trx('company')
    .where({ id: companyId })
    .first(...syncColumns)) as SyncState | undefined;
  return state !== undefined && isSyncDue(state);
};

const finish = async (
  trx: Knex.Transaction,
  row: InboxRow,
  outcome: 'applied' | 'unchanged' | 'stale' | 'ignored',
  end: { companyId: number | null; reason: string | null },
): Promise<EventResult> => {
  await finishInboxRow(trx, row.id, { outcome, ...end });
  return {
    kind: 'done',
    outcome,
    ...end,
    syncNeeded: end.companyId !== null && outcome !== 'stale' && (await isDue(trx, end.companyId)),
    priority: 'webhook',
  };
};

const fail = async (trx: Knex, row: InboxRow, message: string): Promise<EventResult> => {
  const failure = { type: 'InvalidRecord', message, companyId: row.company_id };
  const standing = await failInboxRow(trx, row, failure);
  if (standing === null) return { kind: 'failed', ...failure };
  return {
    kind: 'done',
    outcome: 'ignored',
    companyId: row.company_id,
    syncNeeded: false,
    priority: 'webhook',
    reason: `the same content as webhook ${standing}, which failed`,
  };
};

const readFirst = async (trx: Knex, row: InboxRow, reference: PdReference | null): Promise<EventResult> => {
  await trx('webhook')
    .where({ id: row.id })
    .update({ waiting_for: reference === null ? null : `${reference.entity}:${reference.id}` });
  return { kind: 'readNeeded' };
};

/** A delete that Hermes ordered ends the record: what was on its way meanwhile is no sign of life. */
const isAfterlife = (subject: PdSubject, isDelete: boolean): boolean => {
  const ordered = subject.record.deletion_ordered_at;
  if (ordered === null || isDelete || subject.isReading) return false;
  return !subject.report.fromApp || subject.happenedAt <= ordered;
};

const conclude = async (
  trx: Knex.Transaction,
  row: InboxRow,
  verdict: Exclude<PdVerdict, { kind: 'readNeeded' }>,
): Promise<EventResult> => {
  const { companyId } = verdict;
  switch (verdict.kind) {
    case 'parked': {
      const { waitingFor, message } = verdict;
      await finishInboxRow(trx, row.id, { outcome: 'parked', reason: message, companyId, waitingFor });
      return { kind: 'parked', waitingFor, message };
    }
    case 'ignored':
      return finish(trx, row, 'ignored', { companyId, reason: verdict.reason });
    case 'stored': {
      await healStandingFailures(trx, row);
      const changed = verdict.changed || (await hasChanged(trx, row.id));
      return finish(trx, row, changed ? 'applied' : 'unchanged', { companyId, reason: verdict.note });
    }
  }
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
    const loaded = subjectOf(row, entity);
    const map = await deps.fieldMap();

    const result = await db.transaction(async (trx): Promise<EventResult> => {
      if (!loaded.ok) return fail(trx, row, loaded.message);
      const { isDelete, ...arrived } = loaded.subject;
      const record = await lockRemoteRecord(trx, 'pipedrive', entity, arrived.id);
      const subject: PdSubject = { ...arrived, record };
      const age = freshness(subject.happenedAt, record.event_at);
      if (age === 'read' && !subject.isReading) return readFirst(trx, row, null);
      if (age !== 'fresh' || isAfterlife(subject, isDelete)) {
        const reason = `newer data of the ${entity} was applied before`;
        return finish(trx, row, 'stale', { companyId: row.company_id, reason });
      }

      const by = { source: 'pipedrive', webhookId: row.id };
      const context: PdContext = { trx, deps, map, by, receivedAt: row.received_at };
      const verdict = await (isDelete ? handlers.remove : handlers.store)(context, subject);
      if (verdict.kind === 'readNeeded') return readFirst(trx, row, verdict.reference);
      if (verdict.kind !== 'parked' || verdict.stored) {
        await saveRemoteRecord(trx, 'pipedrive', entity, subject.id, {
          event_at: subject.happenedAt,
          deleted_at: isDelete ? subject.happenedAt : null,
          ...(isDelete ? {} : { deletion_ordered_at: null }),
        });
      }
      return conclude(trx, row, verdict);
    });
    logger.info({ webhookId, entity, ...describe(result) }, 'Pipedrive event');
    return result;
  };

const describe = (result: EventResult): Fields => {
  if (result.kind === 'done') {
    return { kind: 'done', outcome: result.outcome, companyId: result.companyId, reason: result.reason };
  }
  if (result.kind === 'failed') return { kind: 'failed', failure: result.type };
  if (result.kind === 'parked') return { kind: 'parked', waitingFor: result.waitingFor };
  return { kind: result.kind };
};
