/** Which field of Pipedrive stands for which name of Hermes. */
import { dateFields, isStaffField } from '../company/terms.ts';
import type { FieldDefinition } from './fieldValue.ts';

export type RecordEntity = 'organization' | 'person' | 'deal';

export interface MappedCustomField {
  id: number;
  machineName: string;
  entity: RecordEntity;
  /** The type that the configuration gives it. */
  type: string;
  pipedriveKey: string;
  column: string | null;
  tc2MachineName: string | null;
}

/** Whether a custom field stands for an admin, who goes by another id in each system. */
export const holdsAdmin = ({ type, column }: Pick<MappedCustomField, 'type' | 'column'>): boolean =>
  type === 'user' || (column !== null && isStaffField(column));

export interface FieldMap {
  /** Field keys by entity and name. */
  keys: Record<RecordEntity, Readonly<Record<string, string>>>;
  /** What Pipedrive said of its fields, by entity and key. */
  definitions: Record<RecordEntity, ReadonlyMap<string, FieldDefinition>>;
  customFields: readonly MappedCustomField[];
}

/** Type of a name where Pipedrive was never asked. */
const typeByName = (name: string): string => {
  if (dateFields.includes(name)) return 'date';
  if (isStaffField(name)) return 'user';
  return 'text';
};

/** Configured types in Pipedrive's words, where Pipedrive was never asked. */
const typeByConfiguration: Readonly<Record<string, string>> = {
  text: 'text',
  long_text: 'text',
  number: 'double',
  integer: 'double',
  money: 'monetary',
  enum: 'enum',
  boolean: 'enum',
  set: 'set',
  date: 'date',
  datetime: 'date',
  user: 'user',
  phone: 'phone',
};

/** Definition of a mapped name: Pipedrive's own word, else what the name implies. */
export const definitionOfName = (map: FieldMap, entity: RecordEntity, name: string): FieldDefinition =>
  map.definitions[entity].get(map.keys[entity][name] ?? '') ?? { type: typeByName(name), options: null };

/** Definition of a custom field: Pipedrive's own word, else what the configuration says. */
export const definitionOfCustom = (map: FieldMap, field: MappedCustomField): FieldDefinition =>
  map.definitions[field.entity].get(field.pipedriveKey) ?? {
    type: typeByConfiguration[field.type] ?? field.type,
    options: null,
  };
