/** How a record of Pipedrive names the record of Hermes that it stands for. */
import type { FieldMap, RecordEntity } from '../pipedrive/fieldMap.ts';
import { customField, type Fields } from '../pipedrive/fields.ts';
import { identifierOf } from '../values/identifier.ts';
import type { KnownSubject } from './subject.ts';

/**
 * The ids in a `hermes_id` field: one, or several after a merge ("42, 43"). What is no id is none (PDM-11, PDM-15).
 *
 * @returns in the order given, each once
 */
export const hermesIdsIn = (value: unknown): number[] => {
  if (typeof value !== 'string' && typeof value !== 'number') return [];
  const parts = String(value)
    .split(',')
    // A field of type number may come back with a fraction.
    .map((part) => identifierOf(part.trim().replace(/\.0+$/, '')));
  return parts.includes(null) ? [] : [...new Set(parts.filter((id) => id !== null))];
};

/** Flat name of the field that holds our own id; `hermes_id` where none is mapped. */
export const hermesIdField = (map: FieldMap, entity: RecordEntity): string => {
  const key = map.keys[entity].hermes_id;
  return key === undefined ? 'hermes_id' : customField(key);
};

/**
 * The ids of Hermes that a record names. A record that comes back after its deletion without its field is recognised by what it
 * held before (PDO-30).
 *
 * @param idField flat name of the field
 */
export const hermesIdsOf = ({ report, record }: KnownSubject, idField: string): number[] => {
  const named = hermesIdsIn(report.fields[idField]);
  if (named.length > 0 || record.deleted_at === null) return named;
  return hermesIdsIn(record.known?.[idField]);
};

/** What stays known of a record that is gone: which one of ours it was. Null where it was none. */
export const epitaph = (idField: string, recordId: number | null): Fields | null =>
  recordId === null ? null : { [idField]: String(recordId) };
