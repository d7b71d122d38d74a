/** Which custom fields of an organization follow TutorCruncher, and to what. */
import { valueOfAttribute, type AttributeValue } from '../tc2/attributeValue.ts';
import type { Tc2Client } from '../tc2/client.ts';

export interface Tc2CustomField {
  id: number;
  machine_name: string;
  type: string;
  /** The column that the field stands for; null for a field with values of its own. */
  hermes_column: string | null;
  tc2_machine_name: string | null;
}

export type CustomValue = AttributeValue;

/**
 * What a client says of a field, as it says it.
 *
 * @returns undefined when it says nothing (the value stays), null when the field becomes empty
 */
const saidOf = (field: Tc2CustomField, client: Tc2Client): string | boolean | null | undefined => {
  const attribute =
    field.tc2_machine_name === null ? undefined : client.extraAttributes.get(field.tc2_machine_name);
  for (const name of [field.machine_name, field.tc2_machine_name]) {
    if (name === null || !client.signupValues.has(name)) continue;
    // An attribute of the same name speaks where the signup does not.
    return client.signupValues.get(name) ?? attribute ?? null;
  }
  return attribute;
};

/** Columns of a company that a bound field may set from TC2. */
const bindableColumns: readonly string[] = [
  'website',
  'utm_source',
  'utm_campaign',
  'estimated_income',
  'gclid',
  'signup_questionnaire',
  'currency',
  'country',
];

export interface SaidValues {
  /** Columns that bound fields set. */
  columns: Record<string, string>;
  /** Values of fields of their own, by field id; null for a field that becomes empty. */
  values: Map<number, CustomValue | null>;
  /** Machine names of fields that cannot hold what was said. */
  leftOut: string[];
}

/**
 * What the client says of custom fields.
 *
 * @param admins Hermes ids of staff by TC2 id
 */
export const customValuesFromTc2 = (
  fields: readonly Tc2CustomField[],
  client: Tc2Client,
  admins: ReadonlyMap<number, number>,
): SaidValues => {
  const columns: Record<string, string> = {};
  const values = new Map<number, CustomValue | null>();
  const leftOut: string[] = [];
  for (const field of fields) {
    const said = saidOf(field, client);
    if (said === undefined) continue;
    if (field.hermes_column !== null) {
      if (said !== null && bindableColumns.includes(field.hermes_column)) {
        columns[field.hermes_column] = String(said);
      }
      continue;
    }
    const value = typeof said === 'string' ? valueOfAttribute(field.type, said, admins) : said;
    if (value === undefined) leftOut.push(field.machine_name);
    else values.set(field.id, value);
  }
  return { columns, values, leftOut };
};
