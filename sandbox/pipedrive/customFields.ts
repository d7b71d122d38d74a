/**
 * Custom field values of the sixteen types: what REST takes and shows, and the other shapes of webhooks and searches.
 */
import { z } from 'zod';
import { invalid, parse } from './errors.ts';
import { searchableTypes, type CustomFieldType, type FieldRow } from './fieldRows.ts';
import type { Address, CustomFields, FieldEntity } from './rows.ts';
import { clockTime, currency, customAddress, date, id, text, type WrittenAddress } from './shapes.ts';
import type { Store } from './store.ts';

const timezone = {
  timezone_id: z.int().nullable().optional(),
  timezone_name: z.string().nullable().optional(),
};

const schemas: Record<CustomFieldType, z.ZodType> = {
  varchar: text(255),
  varchar_auto: text(255),
  text: text(65_535),
  double: z.number(),
  monetary: z.strictObject({ value: z.number(), currency }),
  enum: id,
  // An empty list is refused: null clears.
  set: z.array(id).min(1, 'The value must not be empty'),
  user: id,
  org: id,
  people: id,
  phone: text(255),
  date,
  daterange: z.strictObject({ value: date, until: date }),
  time: z.strictObject({ value: clockTime, ...timezone }),
  timerange: z.strictObject({ value: clockTime, until: clockTime, ...timezone }),
  address: customAddress,
};

/** Writes an address as it is stored: parts that were left out are null. */
export const completeAddress = (written: WrittenAddress): Address => ({
  value: written.value,
  country: written.country ?? null,
  admin_area_level_1: written.admin_area_level_1 ?? null,
  admin_area_level_2: written.admin_area_level_2 ?? null,
  locality: written.locality ?? null,
  sublocality: written.sublocality ?? null,
  route: written.route ?? null,
  street_number: written.street_number ?? null,
  subpremise: written.subpremise ?? null,
  postal_code: written.postal_code ?? null,
  formatted_address: written.formatted_address ?? written.value,
});

const noSuch = (store: Store, field: FieldRow, value: unknown): string | undefined => {
  const known = (optionId: unknown): boolean =>
    field.options?.some((option) => option.id === optionId) ?? false;
  switch (field.field_type) {
    case 'enum':
      return known(value) ? undefined : `Unknown option '${String(value)}'`;
    case 'set': {
      const unknown = (value as number[]).find((optionId) => !known(optionId));
      return unknown === undefined ? undefined : `Unknown option '${unknown}'`;
    }
    case 'user':
      return store.users.has(value as number) ? undefined : 'User not found';
    case 'org':
      return store.live('organization', value as number) === undefined ? 'Organization not found' : undefined;
    case 'people':
      return store.live('person', value as number) === undefined ? 'Person not found' : undefined;
    default:
      return undefined;
  }
};

const normalise = (type: CustomFieldType, value: unknown): unknown => {
  switch (type) {
    case 'address':
      return completeAddress(value as WrittenAddress);
    case 'time':
    case 'timerange':
      return { timezone_id: null, timezone_name: null, ...(value as object) };
    case 'set':
      return [...new Set(value as number[])];
    case 'varchar':
    case 'varchar_auto':
    case 'text':
    case 'phone':
      // An empty text is no text.
      return value === '' ? null : value;
    case 'double':
    case 'monetary':
    case 'enum':
    case 'user':
    case 'org':
    case 'people':
    case 'date':
    case 'daterange':
      return value;
    default:
      return type satisfies never;
  }
};

/**
 * Applies the `custom_fields` of a body to the stored ones. Throws 400 on an unknown hash, on a value of the wrong shape and
 * on an unknown option or record.
 */
export const writeCustomFields = (
  store: Store,
  entity: FieldEntity,
  stored: CustomFields,
  written: Record<string, unknown> | undefined,
): CustomFields => {
  const result = { ...stored };
  for (const [code, value] of Object.entries(written ?? {})) {
    const field = store.fields[entity].get(code);
    if (field === undefined || !field.is_custom_field) {
      throw invalid('custom_fields', `Unknown key '${code}'`, code);
    }
    const type = field.field_type as CustomFieldType;
    const parsed = value === null ? null : normalise(type, parseValue(field, type, value));
    const fault = parsed === null ? undefined : noSuch(store, field, parsed);
    if (fault !== undefined) throw invalid(`custom_fields.${code}`, fault, code);
    if (parsed === null) delete result[code];
    else result[code] = parsed;
  }
  return result;
};

const parseValue = (field: FieldRow, type: CustomFieldType, value: unknown): unknown => {
  try {
    return parse(schemas[type], value);
  } catch (error) {
    // The path inside a value does not know the field it belongs to.
    const reason = error instanceof Error ? error.message.replace(/^Validation failed: (body: )?/, '') : '';
    throw invalid(`custom_fields.${field.field_code}`, reason, field.field_code);
  }
};

const withLabel = (field: FieldRow, optionId: number): unknown => ({
  id: optionId,
  label: field.options?.find((option) => option.id === optionId)?.label ?? null,
});

const labelled = (field: FieldRow, value: unknown): unknown => {
  if (field.field_type === 'enum') return withLabel(field, value as number);
  if (field.field_type === 'set') return (value as number[]).map((optionId) => withLabel(field, optionId));
  return value;
};

/** What REST shows: every custom field of the account (or those asked for), null when empty. */
export const restCustomFields = (
  fields: FieldRow[],
  values: CustomFields,
  { only, optionLabels = false }: { only?: string[] | undefined; optionLabels?: boolean } = {},
): CustomFields => {
  const shown: CustomFields = {};
  for (const field of fields) {
    const { field_code: code } = field;
    if (only !== undefined && !only.includes(code)) continue;
    const value = values[code] ?? null;
    shown[code] = optionLabels && value !== null ? labelled(field, value) : value;
  }
  return shown;
};

const webhookValue = (type: CustomFieldType, value: unknown): unknown => {
  switch (type) {
    case 'varchar':
    case 'varchar_auto':
    case 'text':
    case 'phone':
    case 'double':
    case 'date':
      return { type, value };
    case 'monetary':
    case 'address':
      return { type, ...(value as object) };
    case 'enum':
    case 'user':
    case 'org':
    case 'people':
      return { type, id: value };
    case 'set':
      return { type, values: (value as number[]).map((optionId) => ({ id: optionId })) };
    case 'time': {
      const time = value as { value: string; timezone_id: number | null };
      return { type, value: time.value, timezone_id: time.timezone_id };
    }
    case 'daterange':
    case 'timerange': {
      // Events say `from` where REST says `value`.
      const range = value as { value: string; until: string; timezone_id?: number | null };
      const zone = type === 'timerange' ? { timezone_id: range.timezone_id ?? null } : {};
      return { type, from: range.value, until: range.until, ...zone };
    }
    default:
      return type satisfies never;
  }
};

/** What events show: every custom field of the account, typed, null when empty. */
export const webhookCustomFields = (fields: FieldRow[], values: CustomFields): CustomFields =>
  Object.fromEntries(
    fields.map((field) => {
      const value = values[field.field_code] ?? null;
      return [
        field.field_code,
        value === null ? null : webhookValue(field.field_type as CustomFieldType, value),
      ];
    }),
  );

/** The text that a search compares with, undefined for types it does not look at. */
export const searchText = (field: FieldRow, value: unknown): string | undefined => {
  if (value === undefined || value === null || !searchableTypes.has(field.field_type)) return undefined;
  if (field.field_type === 'monetary') return String((value as { value: number }).value);
  if (field.field_type === 'address') return (value as Address).value;
  return typeof value === 'number' ? String(value) : (value as string);
};
