/** Which fields of Pipedrive a record of Hermes takes over, and into what they turn. */
import {
  definitionOfCustom,
  definitionOfName,
  type FieldMap,
  type MappedCustomField,
  type RecordEntity,
} from '../pipedrive/fieldMap.ts';
import { customField } from '../pipedrive/fields.ts';
import { columnValueOf, customValueOf, type AdminsByOwner } from './columnValue.ts';

export interface CopiedField {
  /** Name in Hermes, by which a joined value is recognised. */
  name: string;
  /** Flat name in Pipedrive. */
  field: string;
  column: string | null;
  /** Of a custom field without a column. */
  customFieldId: number | null;
  /** Undefined for what cannot be taken over. */
  convert: (value: unknown) => unknown;
}

/** Built-in fields that become a column, by their name in Pipedrive. */
export type BuiltIns = Readonly<Record<string, { column: string; convert: CopiedField['convert'] }>>;

const builtInFields = (builtIns: BuiltIns): CopiedField[] =>
  Object.entries(builtIns).map(([field, { column, convert }]) => ({
    name: column,
    field,
    column,
    customFieldId: null,
    convert,
  }));

const namedField = (
  map: FieldMap,
  entity: RecordEntity,
  [name, key]: [string, string],
  admins: AdminsByOwner,
): CopiedField => {
  const definition = definitionOfName(map, entity, name);
  return {
    name,
    field: customField(key),
    column: name,
    customFieldId: null,
    convert: (value) => columnValueOf(name, value, definition, admins),
  };
};

const configuredField = (map: FieldMap, custom: MappedCustomField, admins: AdminsByOwner): CopiedField => {
  const definition = definitionOfCustom(map, custom);
  const { id, column, machineName, pipedriveKey, type } = custom;
  return {
    name: column ?? machineName,
    field: customField(pipedriveKey),
    column,
    customFieldId: column === null ? id : null,
    convert: (value) =>
      column === null
        ? customValueOf(type, value, definition, admins)
        : columnValueOf(column, value, definition, admins),
  };
};

/** @param notCopied names of mapped fields that Hermes computes itself */
export const copiedFields = (
  map: FieldMap,
  entity: RecordEntity,
  {
    builtIns,
    notCopied,
    admins,
  }: { builtIns: BuiltIns; notCopied: readonly string[]; admins: AdminsByOwner },
): CopiedField[] => [
  ...builtInFields(builtIns),
  ...Object.entries(map.keys[entity])
    .filter(([name]) => !notCopied.includes(name))
    .map((named) => namedField(map, entity, named, admins)),
  ...map.customFields
    .filter((custom) => custom.entity === entity)
    .map((custom) => configuredField(map, custom, admins)),
];
