/**
 * Fields of Pipedrive's records in one flat form: built-in ones by name, custom ones as `custom_fields.<key>`. Wanted and known
 * values are compared in it, and a request body is made of what differs.
 */
import { isRecord, recordOf } from '../values/record.ts';

export type Fields = Record<string, unknown>;

const customPrefix = 'custom_fields.';

/** The flat name of a custom field. */
export const customField = (key: string): string => `${customPrefix}${key}`;

export const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/**
 * A value out of the wrapping in which Pipedrive sometimes gives it: `{type, value}` is the value, `{type, id}` the id,
 * `{type, values: [{id}]}` the list of ids; what has further parts (money, times) keeps them without the type.
 */
const unwrapped = (value: unknown): unknown => {
  if (!isRecord(value) || !('type' in value)) return value;
  const parts = Object.entries(value).filter(([name]) => name !== 'type');
  const [only] = parts;
  if (parts.length !== 1 || only === undefined) return Object.fromEntries(parts);
  const [name, inner] = only;
  if (name === 'value' || name === 'id') return inner;
  if (name === 'values' && Array.isArray(inner)) {
    return inner.map((item: unknown) => (isRecord(item) && 'id' in item ? item.id : item));
  }
  return { [name]: inner };
};

/** Stands for the value of a field that a write without an answer left open: nothing is the same. */
const inDoubt: unique symbol = Symbol('in doubt');

/**
 * Lists are merged with what is held, so they need it; a status is never written back to what it was. Of these the value before the
 * write counts.
 */
const neverInDoubt: readonly string[] = ['emails', 'phones', 'address', 'status'];

/** What is known of a record, apart from the fields that are in doubt. */
export const withDoubts = (known: Fields, doubtful: readonly string[]): Fields => {
  const names = doubtful.filter((name) => !neverInDoubt.includes(name));
  return names.length === 0
    ? known
    : { ...known, ...Object.fromEntries(names.map((name) => [name, inDoubt])) };
};

/** Lists of plain values are sets: their order says nothing. */
const inOrder = (list: readonly unknown[]): readonly unknown[] =>
  list.some((item) => typeof item === 'object') ? list : list.map(String).sort();

const sameList = (wanted: readonly unknown[], known: readonly unknown[]): boolean => {
  const [left, right] = [inOrder(wanted), inOrder(known)];
  return left.length === right.length && left.every((item, index) => sameValue(item, right[index]));
};

/**
 * Whether two values mean the same: numbers and their digits are equal, since a field's type decides which comes back; sub-fields are
 * compared one by one, and only those that we would write (SYN-70).
 */
export const sameValue = (wantedValue: unknown, knownValue: unknown): boolean => {
  if (knownValue === inDoubt) return false;
  const [wanted, known] = [unwrapped(wantedValue), unwrapped(knownValue)];
  if (isEmpty(wanted) && isEmpty(known)) return true;
  if (Array.isArray(wanted) && Array.isArray(known)) return sameList(wanted, known);
  if (isRecord(wanted) && isRecord(known)) {
    return Object.entries(wanted).every(([name, value]) => sameValue(value, known[name]));
  }
  // An address, a time or an amount may come as that alone: its line, its hour, its number.
  if (isRecord(wanted) && 'value' in wanted) return sameValue(wanted.value, known);
  if (isRecord(known) && 'value' in known) return sameValue(wanted, known.value);
  if (isRecord(wanted) || isRecord(known) || Array.isArray(wanted) || Array.isArray(known)) return false;
  return String(wanted) === String(known);
};

/** Built-in fields that Pipedrive does not let go empty. */
const neverEmpty: readonly string[] = [
  'name',
  'title',
  'owner_id',
  'address',
  'emails',
  'phones',
  'org_id',
  'person_id',
  'deal_id',
  'participants',
  'due_date',
  'due_time',
];

/**
 * What has to be written so that the remote record holds what is wanted (SYN-33, SYN-46).
 *
 * A field that Hermes holds no value for is cleared only when the remote is known to hold one, that is when it came from us or was
 * copied here before.
 *
 * @param known what the remote holds, as far as known
 */
export const changedFields = (wanted: Fields, known: Fields): Fields => {
  const changed: Fields = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (sameValue(value, known[name])) continue;
    if (!isEmpty(value)) changed[name] = value;
    else if (!neverEmpty.includes(name)) changed[name] = null;
  }
  return changed;
};

/** The fields that have a value: what a create sends (SYN-26). */
export const filledFields = (wanted: Fields): Fields =>
  Object.fromEntries(Object.entries(wanted).filter(([, value]) => !isEmpty(value)));

/** The request body of flat fields. */
export const bodyOf = (fields: Fields): Record<string, unknown> => {
  const body: Record<string, unknown> = {};
  const custom: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith(customPrefix)) custom[name.slice(customPrefix.length)] = value;
    else body[name] = value;
  }
  return Object.keys(custom).length === 0 ? body : { ...body, custom_fields: custom };
};

const heldValue = (record: Record<string, unknown>, name: string): unknown => {
  if (!name.startsWith(customPrefix)) return record[name] ?? null;
  return recordOf(record.custom_fields)[name.slice(customPrefix.length)] ?? null;
};

const heldFields = (record: Record<string, unknown>, names: readonly string[]): Fields => ({
  ...Object.fromEntries(names.map((name) => [name, heldValue(record, name)])),
  ...(typeof record.status === 'string' ? { status: record.status } : {}),
});

/**
 * What a record read through the REST API holds, in flat form.
 *
 * Fields that Hermes has no value for are left out: they are another's, and must not be cleared because they were seen.
 *
 * @param wanted decides which fields matter
 */
export const knownFromReading = (record: Record<string, unknown>, wanted: Fields): Fields =>
  heldFields(record, Object.keys(filledFields(wanted)));

/**
 * What a record holds that Hermes made itself: a field that Hermes has no value for any more is ours all the same, and to be cleared.
 *
 * @param wanted decides which fields matter
 */
export const knownOfOwn = (record: Record<string, unknown>, wanted: Fields): Fields =>
  heldFields(record, Object.keys(wanted));
