/** Judging what Pipedrive says of a record against what Hermes holds and knows, and keeping what was learned. */
import type { KnownFields } from '../../../db/models/index.ts';
import {
  definitionOfCustom,
  definitionOfName,
  type RecordEntity,
} from '../../../domain/pipedrive/fieldMap.ts';
import { customField, isEmpty, type Fields } from '../../../domain/pipedrive/fields.ts';
import {
  columnValueOf,
  customValueOf,
  type AdminsByOwner,
} from '../../../domain/pipedriveWebhook/columnValue.ts';
import { hermesIdsIn } from '../../../domain/pipedriveWebhook/hermesIds.ts';
import { isJoined } from '../../../domain/pipedriveWebhook/joined.ts';
import {
  learned,
  statusOf,
  writesAround,
  type FieldStatus,
  type Standing,
} from '../../../domain/pipedriveWebhook/news.ts';
import { setCustomValues, type ValueOwner } from '../customValues.ts';
import type { PdContext, PdSubject } from './event.ts';
import { saveRemoteRecord } from '../remoteRecord.ts';

/** Flat name of the field that holds our own id; `hermes_id` where none is mapped. */
export const hermesIdField = ({ map }: PdContext, entity: RecordEntity): string => {
  const key = map.keys[entity].hermes_id;
  return key === undefined ? 'hermes_id' : customField(key);
};

/**
 * The ids of Hermes that a record names. A record that comes back after its deletion without its field is recognised by what it
 * held before (PDO-30).
 */
export const hermesIdsOf = (context: PdContext, entity: RecordEntity, subject: PdSubject): number[] => {
  const field = hermesIdField(context, entity);
  const named = hermesIdsIn(subject.report.fields[field]);
  if (named.length > 0 || subject.record.deleted_at === null) return named;
  return hermesIdsIn(subject.record.known?.[field]);
};

/** What stays known of a record that is gone: which one of ours it was. */
export const epitaph = (
  context: PdContext,
  entity: RecordEntity,
  recordId: number | null,
): KnownFields | null => (recordId === null ? null : { [hermesIdField(context, entity)]: String(recordId) });

/** A create through the API that carries an id of ours is our own create, whose answer we may not have yet. */
export const isOwnCreate = (subject: PdSubject, ids: readonly number[]): boolean =>
  subject.isCreate && !subject.report.fromApp && ids.length === 1;

export const loadAdmins = async ({ trx }: PdContext): Promise<AdminsByOwner> => {
  const rows = await trx('admin')
    .whereNotNull('pd_owner_id')
    .orderBy('id', 'desc')
    .select<{ id: number; pd_owner_id: number }[]>('id', 'pd_owner_id');
  return new Map(rows.map((row) => [row.pd_owner_id, row.id]));
};

/** A field of Pipedrive that a record of Hermes takes over. */
interface CopiedField {
  /** Name in Hermes, by which a joined value is recognised. */
  name: string;
  field: string;
  column: string | null;
  customFieldId: number | null;
  convert: (value: unknown) => unknown;
}

/** Built-in fields that become a column, with what they become; undefined leaves the value out. */
export type BuiltIns = Readonly<Record<string, { column: string; convert: (value: unknown) => unknown }>>;

const copiedFields = (
  context: PdContext,
  entity: RecordEntity,
  builtIns: BuiltIns,
  notCopied: readonly string[],
  admins: AdminsByOwner,
): CopiedField[] => {
  const { map } = context;
  const own = Object.entries(builtIns).map(([field, { column, convert }]) => ({
    name: column,
    field,
    column,
    customFieldId: null,
    convert,
  }));
  const named = Object.entries(map.keys[entity])
    .filter(([name]) => !notCopied.includes(name))
    .map(([name, key]) => {
      const definition = definitionOfName(map, entity, name);
      return {
        name,
        field: customField(key),
        column: name,
        customFieldId: null,
        convert: (value: unknown) => columnValueOf(name, value, definition, admins),
      };
    });
  const custom = map.customFields
    .filter((one) => one.entity === entity)
    .map((one) => {
      const definition = definitionOfCustom(map, one);
      const { column } = one;
      return {
        name: column ?? one.machineName,
        field: customField(one.pipedriveKey),
        column,
        customFieldId: column === null ? one.id : null,
        convert: (value: unknown) =>
          column === null
            ? customValueOf(one.type, value, definition, admins)
            : columnValueOf(column, value, definition, admins),
      };
    });
  return [...own, ...named, ...custom];
};

export interface Judgement {
  /** Columns that become another value. */
  columns: Record<string, unknown>;
  /** Values of unbound custom fields by field id. */
  values: Map<number, unknown>;
  statuses: Map<string, FieldStatus>;
  /** Flat names of fields that are news and could not be taken over. */
  leftOut: Set<string>;
  standing: Standing;
}

const sameColumn = (before: unknown, after: unknown): boolean =>
  before instanceof Date && after instanceof Date ? before.getTime() === after.getTime() : before === after;

/** A joined value whose field leaves no doubt shows that the whole record comes from a merge (PDM-27). */
const showsMerge = (fields: readonly CopiedField[], subject: PdSubject): boolean =>
  fields.some(({ name, field }) =>
    isJoined(name, subject.report.fields[field], { merging: false, held: [] }),
  );

/**
 * Judges a report.
 *
 * @param row the record in Hermes
 * @param wanted what Pipedrive should hold of it
 * @param ownCreate all of it is ours
 */
export const judge = (
  context: PdContext,
  entity: RecordEntity,
  subject: PdSubject,
  record: {
    row: Record<string, unknown>;
    wanted: Fields;
    isBehind: boolean;
    /** It was not linked before: what was known of the record was not said of ours. */
    newlyLinked: boolean;
    ownCreate: boolean;
    builtIns: BuiltIns;
    notCopied: readonly string[];
    admins: AdminsByOwner;
  },
): Judgement => {
  const { row, wanted } = record;
  const fields = copiedFields(context, entity, record.builtIns, record.notCopied, record.admins);
  const isUnknown = record.newlyLinked || subject.record.deleted_at !== null;
  const standing: Standing = {
    known: record.ownCreate ? {} : isUnknown ? null : subject.record.known,
    wanted,
    recentWrites: writesAround(subject.record.recent_writes, subject.happenedAt),
    isBehind: record.isBehind,
  };
  const merging =
    subject.mergedFrom !== null ||
    hermesIdsIn(subject.report.fields[hermesIdField(context, entity)]).length > 1 ||
    showsMerge(fields, subject);

  const judgement: Judgement = {
    columns: {},
    values: new Map(),
    statuses: new Map(),
    leftOut: new Set(),
    standing,
  };
  for (const { name, field, column, customFieldId, convert } of fields) {
    if (!(field in subject.report.fields)) continue;
    const held = [standing.known?.[field], wanted[field], column === null ? undefined : row[column]];
    const mayBeJoined = field !== 'name' && field !== 'title';
    const status = record.ownCreate
      ? 'echo'
      : statusOf(
          field,
          subject.report,
          standing,
          (_name, value) => mayBeJoined && isJoined(name, value, { merging, held }),
        );
    judgement.statuses.set(field, status);
    if (status !== 'news') continue;
    const value = convert(subject.report.fields[field]);
    if (value === undefined) judgement.leftOut.add(field);
    else if (customFieldId !== null) judgement.values.set(customFieldId, value);
    else if (column !== null && !sameColumn(row[column], value)) judgement.columns[column] = value;
  }
  return judgement;
};

/** Keeps what the record is known to hold, in the transaction that applied it. */
export const keepLearned = async (
  context: PdContext,
  entity: RecordEntity,
  subject: PdSubject,
  judgement: Judgement,
  after: { wanted: Fields; settled: boolean; verbatim: readonly string[]; asIs: readonly string[] },
): Promise<KnownFields | null> => {
  const known = learned(subject.report, judgement.standing, after.wanted, judgement.statuses, {
    settled: after.settled,
    verbatim: after.verbatim.filter((name) => !isEmpty(subject.report.fields[name])),
    asIs: after.asIs,
    leftOut: judgement.leftOut,
  });
  await saveRemoteRecord(context.trx, 'pipedrive', entity, subject.id, { known });
  return known;
};

/** Writes the values of unbound custom fields. @returns names of those that changed, for the audit */
export const storeValues = async (
  { trx }: PdContext,
  owner: ValueOwner,
  recordId: number,
  values: ReadonlyMap<number, unknown>,
): Promise<Record<string, { before: unknown; after: unknown }>> => {
  const changed = await setCustomValues(trx, owner, recordId, values);
  return Object.fromEntries(changed.map((id) => [`custom_field_${id}`, { before: null, after: 'set' }]));
};
