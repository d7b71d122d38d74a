/**
 * Making and changing custom fields.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { forbidden, invalid, notFound, parse } from './errors.ts';
import {
  customFieldTypes,
  subfieldsOf,
  type CustomFieldType,
  type FieldOption,
  type FieldOwner,
  type FieldRow,
} from './fieldRows.ts';
import type { FieldEntity } from './rows.ts';
import { id, title } from './shapes.ts';
import type { Store } from './store.ts';

const mostOptions = 10_000;

const newOption = z.strictObject({ label: title });
const oldOption = z.strictObject({ id, label: title });
const optionRef = z.strictObject({ id });

const extras = {
  description: z.string().nullable().optional(),
  ui_visibility: z.record(z.string(), z.unknown()).optional(),
  important_fields: z.record(z.string(), z.unknown()).optional(),
  required_fields: z.record(z.string(), z.unknown()).optional(),
};

const createBody = z.strictObject({
  field_name: title,
  field_type: z.literal(customFieldTypes),
  options: z.array(newOption).min(1).max(mostOptions).optional(),
  ...extras,
});
// Code and type never change.
const changeBody = z.strictObject({ field_name: title.optional(), ...extras });

const hasOptions = (type: string): boolean => type === 'enum' || type === 'set';

/** A hash like Pipedrive's: 40 hexadecimal characters that say nothing. */
const hashFor = (store: Store, owner: FieldEntity, name: string): string =>
  createHash('sha1')
    .update(`${store.settings.companyId}:${owner}:${name}:${store.takeId('field')}`)
    .digest('hex');

const makeOption = (store: Store, label: string, given?: number): FieldOption => {
  const now = store.writeTime();
  return { id: store.takeId('option', given), label, color: null, add_time: now, update_time: now };
};

export interface FieldSeed {
  field_name: string;
  field_type: CustomFieldType;
  /** A hash is made up when absent. */
  field_code?: string;
  options?: { id?: number; label: string }[];
}

/** Adds a custom field; with the seed's own code and option ids where given. */
export const addField = (store: Store, owner: FieldEntity, seed: FieldSeed): FieldRow => {
  const code = seed.field_code ?? hashFor(store, owner, seed.field_name);
  const field: FieldRow = {
    field_name: seed.field_name,
    field_code: code,
    description: null,
    field_type: seed.field_type,
    options: hasOptions(seed.field_type)
      ? (seed.options ?? []).map((option) => makeOption(store, option.label, option.id))
      : null,
    subfields: subfieldsOf(code, seed.field_name, seed.field_type),
    is_custom_field: true,
    is_optional_response_field: false,
    is_writable: true,
  };
  store.fields[owner].set(code, field);
  return field;
};

export const createField = (store: Store, owner: FieldEntity, input: unknown): FieldRow => {
  const { field_name, field_type, options, description } = parse(createBody, input);
  if (hasOptions(field_type) && options === undefined) throw invalid('options', 'A value is required');
  if (!hasOptions(field_type) && options !== undefined) {
    throw invalid('options', `The value is not allowed for a field of type '${field_type}'`);
  }
  const field = addField(store, owner, {
    field_name,
    field_type,
    ...(options === undefined ? {} : { options }),
  });
  field.description = description ?? null;
  return field;
};

export const findField = (store: Store, owner: FieldOwner, code: string): FieldRow => {
  const field = store.fields[owner].get(code);
  if (field === undefined) throw notFound('Field');
  return field;
};

const findOwn = (store: Store, owner: FieldEntity, code: string): FieldRow => {
  const field = findField(store, owner, code);
  if (!field.is_custom_field) throw forbidden('Built-in fields cannot be changed');
  return field;
};

export const changeField = (store: Store, owner: FieldEntity, code: string, input: unknown): FieldRow => {
  const { field_name, description } = parse(changeBody, input);
  const field = findOwn(store, owner, code);
  if (field_name !== undefined) field.field_name = field_name;
  if (description !== undefined) field.description = description;
  return field;
};

/** Deletes a field with its values. */
export const deleteField = (store: Store, owner: FieldEntity, code: string): void => {
  findOwn(store, owner, code);
  store.fields[owner].delete(code);
};

const findChoice = (
  store: Store,
  owner: FieldEntity,
  code: string,
): FieldRow & { options: FieldOption[] } => {
  const field = findField(store, owner, code);
  if (field.options === null) throw invalid('field_code', 'The field has no options');
  return field as FieldRow & { options: FieldOption[] };
};

export const addOptions = (store: Store, owner: FieldEntity, code: string, input: unknown): FieldOption[] => {
  const added = parse(z.array(newOption).min(1), input);
  const field = findChoice(store, owner, code);
  if (field.options.length + added.length > mostOptions) throw invalid('options', 'Too many options');
  const options = added.map(({ label }) => makeOption(store, label));
  field.options.push(...options);
  return options;
};

const findOption = (options: FieldOption[], optionId: number): FieldOption => {
  const option = options.find((candidate) => candidate.id === optionId);
  if (option === undefined) throw invalid('id', `Unknown option '${optionId}'`);
  return option;
};

/** Renames options, all or none. */
export const renameOptions = (
  store: Store,
  owner: FieldEntity,
  code: string,
  input: unknown,
): FieldOption[] => {
  const renamed = parse(z.array(oldOption).min(1), input);
  const field = findChoice(store, owner, code);
  const pairs = renamed.map((item) => ({ option: findOption(field.options, item.id), label: item.label }));
  return pairs.map(({ option, label }) => Object.assign(option, { label, update_time: store.writeTime() }));
};

/** Deletes options, all or none. Records keep the ids, which nobody can resolve any more. */
export const deleteOptions = (
  store: Store,
  owner: FieldEntity,
  code: string,
  input: unknown,
): FieldOption[] => {
  const listed = parse(z.array(optionRef).min(1), input);
  const field = findChoice(store, owner, code);
  const removed = listed.map((item) => findOption(field.options, item.id));
  field.options = field.options.filter((option) => !removed.includes(option));
  return removed;
};
