/** What becomes of the records that Pipedrive has, before anything is done. */
import type { Database } from '../../db/connection.ts';
import { pipedriveLinks } from '../../db/pipedriveLinks.ts';
import { hermesIdsIn } from '../../domain/pipedriveWebhook/hermesIds.ts';
import { readingKey, type ReadEntity } from '../../inbox/reading.ts';

export type ImportedRecord = { id: number } & Record<string, unknown>;

export type Fate =
  /** Hermes has it, linked. */
  | 'linked'
  /** An earlier import filed it. */
  | 'filed'
  /** It names a record of Hermes by hermes_id: it is linked to that one. */
  | 'named'
  /** Hermes has a company that looks the same, and nothing says that it is; or the record belongs to such an organization. */
  | 'lookAlike'
  | 'new';

export interface Sorted {
  record: ImportedRecord;
  fate: Fate;
  /** Id of the company that looks the same. */
  likeCompany: number | null;
}

const nameOf = (record: ImportedRecord): string =>
  typeof record['name'] === 'string' ? record['name'].trim().toLowerCase() : '';

const customOf = (record: ImportedRecord, key: string | undefined): unknown => {
  const custom = record['custom_fields'];
  return key !== undefined && typeof custom === 'object' && custom !== null
    ? (custom as Record<string, unknown>)[key]
    : undefined;
};

/** Companies that are in no organization yet, by their names. */
const unlinkedByName = async (
  db: Database,
  records: readonly ImportedRecord[],
): Promise<ReadonlyMap<string, number>> => {
  const names = [...new Set(records.map(nameOf))].filter((name) => name !== '');
  const rows: { id: number; name: string }[] = await db('company')
    .whereNull('pd_org_id')
    .where({ is_deleted: false })
    .whereRaw('lower(trim(name)) = any(?)', [names])
    .select('id', db.raw('lower(trim(name)) as name'));
  return new Map(rows.map((row) => [row.name, row.id]));
};

/** Records that an import filed an event of. */
const filedBefore = async (
  db: Database,
  entity: ReadEntity,
  ids: readonly number[],
): Promise<ReadonlySet<number>> => {
  const keys = new Map(ids.map((id) => [readingKey(importKey(entity, id)), id]));
  const found = await db('webhook')
    .where({ source: 'pipedrive' })
    .whereIn('dedupe_key', [...keys.keys()])
    .pluck<string[]>('dedupe_key');
  return new Set(found.flatMap((key) => keys.get(key) ?? []));
};

/** Names the event of an import: one per record, however often it is started. */
export const importKey = (entity: ReadEntity, id: number): string => `import:${entity}:${id}`;

/**
 * Sorts a page of records.
 *
 * @param hermesIdKey key of the field that holds our own id, where one is mapped
 * @param heldBack organizations that look like a company of Hermes: an event of theirs would make the company
 */
export const sortRecords = async (
  db: Database,
  entity: ReadEntity,
  records: readonly ImportedRecord[],
  hermesIdKey: string | undefined,
  heldBack: ReadonlySet<number>,
): Promise<Sorted[]> => {
  const { table, column } = pipedriveLinks[entity];
  const ids = records.map(({ id }) => id);
  const linked = new Set(await db(table).whereIn(column, ids).pluck<number[]>(column));
  const filed = await filedBefore(db, entity, ids);
  const alike = entity === 'organization' ? await unlinkedByName(db, records) : new Map<string, number>();
  return records.map((record) => {
    const like = alike.get(nameOf(record)) ?? null;
    const named = hermesIdsIn(customOf(record, hermesIdKey)).length > 0;
    const fate = ((): Fate => {
      if (linked.has(record.id)) return 'linked';
      if (filed.has(record.id)) return 'filed';
      if (named) return 'named';
      return like !== null || heldBack.has(Number(record['org_id'])) ? 'lookAlike' : 'new';
    })();
    return { record, fate, likeCompany: fate === 'lookAlike' ? like : null };
  });
};
