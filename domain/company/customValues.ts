/** Which custom fields of an organization follow TutorCruncher, and to what. */
import type { Tc2Client } from '../tc2/client.ts';

export interface Tc2CustomField {
  id: number;
  machine_name: string;
  type: string;
  /** The column that the field stands for; null for a field with values of its own. */
  hermes_column: string | null;
  tc2_machine_name: string | null;
}

export type CustomValue = string | number | boolean;

const truths: Readonly<Record<string, boolean>> = { true: true, yes: true, false: false, no: false };

/** An attribute is text; a field of yes and no keeps a boolean, so that it finds its option in Pipedrive. */
const typed = (field: Tc2CustomField, value: string | undefined): string | boolean | undefined =>
  field.type === 'boolean' && value !== undefined ? (truths[value] ?? value) : value;

/**
 * What a client says of a field.
 *
 * @returns undefined when it says nothing (the value stays), null when the field becomes empty
 */
export const tc2ValueOf = (field: Tc2CustomField, client: Tc2Client): CustomValue | null | undefined => {
  const attribute = typed(
    field,
    field.tc2_machine_name === null ? undefined : client.extraAttributes.get(field.tc2_machine_name),
  );
  for (const name of [field.machine_name, field.tc2_machine_name]) {
    if (name === null || !client.signupValues.has(name)) continue;
    const value = client.signupValues.get(name) ?? null;
    // An attribute of the same name speaks where the signup does not.
    return value ?? attribute ?? null;
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

/** What the client says, split into columns and values of fields of their own. */
export const customValuesFromTc2 = (
  fields: readonly Tc2CustomField[],
  client: Tc2Client,
): { columns: Record<string, string>; values: Map<number, CustomValue | null> } => {
  const columns: Record<string, string> = {};
  const values = new Map<number, CustomValue | null>();
  for (const field of fields) {
    const value = tc2ValueOf(field, client);
    if (value === undefined) continue;
    if (field.hermes_column === null) values.set(field.id, value);
    else if (value !== null && bindableColumns.includes(field.hermes_column)) {
      columns[field.hermes_column] = String(value);
    }
  }
  return { columns, values };
};
