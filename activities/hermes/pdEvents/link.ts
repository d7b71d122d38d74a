/** The link between a record of Hermes and its counterpart in Pipedrive: its beginning and its end. */
import { pipedriveLinks } from '../../../db/pipedriveLinks.ts';
import type { RecordEntity } from '../../../domain/pipedrive/fieldMap.ts';
import { epitaph, hermesIdField } from '../../../domain/pipedriveWebhook/hermesIds.ts';
import type { RecordChange } from '../changes.ts';
import { saveRemoteRecord } from '../remoteRecord.ts';
import type { PdContext, PdSubject } from './context.ts';
import type { PdVerdict } from './verdict.ts';

/** A record of Hermes that is to be linked. */
interface LinkedRow {
  id: number;
  companyId: number;
  /** Pipedrive's id as the record was found: a merge may move the link to the winner. */
  before: number | null;
}

/**
 * Links a record, and ends a create of it that was under way.
 *
 * @throws when the record was linked to another one since it was found: the event is applied afresh then
 */
export const linkRecord = async (
  { trx }: PdContext,
  entity: RecordEntity,
  row: LinkedRow,
  remoteId: number,
): Promise<RecordChange> => {
  const { table, column } = pipedriveLinks[entity];
  const linked = await trx(table)
    .where({ id: row.id, [column]: row.before })
    .update({ [column]: remoteId });
  if (linked === 0) throw new Error(`${table} ${row.id} was linked meanwhile`);
  await trx('create_intent').where({ entity, record_id: row.id }).delete();
  return {
    entity: table,
    recordId: row.id,
    companyId: row.companyId,
    fields: { [column]: { before: row.before, after: remoteId } },
  };
};

/** Whether Hermes itself ordered the delete: then only the link ends. */
export const isOrdered = ({ record }: PdSubject): boolean => record.deletion_ordered_at !== null;

/** Of a record that is gone only stays known which one of ours it was. */
export const bury = async (
  { trx, map }: PdContext,
  entity: RecordEntity,
  subject: PdSubject,
  recordId: number | null,
): Promise<void> => {
  const known = epitaph(hermesIdField(map, entity), recordId) ?? subject.record.known;
  await saveRemoteRecord(trx, 'pipedrive', entity, subject.id, { known });
};

/** @param companyId null where the record was none of ours */
export const removed = (subject: PdSubject, companyId: number | null): PdVerdict => ({
  kind: 'stored',
  companyId,
  changed: companyId !== null,
  note: isOrdered(subject) ? 'Hermes itself ordered the delete' : null,
});
