/**
 * What a mapped field holds, and which types of Pipedrive's fields can hold it.
 *
 * A column of Hermes or a custom field has a type of ours; Pipedrive's fields have one of theirs (varchar, varchar_auto,
 * text, double, monetary, enum, set, user, org, people, phone, date, daterange, time, timerange, address:
 * https://developers.pipedrive.com/docs/api/v1/OrganizationFields). Not every pair makes sense: a date in a text field would
 * be neither sorted nor filtered as one, an organization is no text.
 */

const anyText = ['varchar', 'varchar_auto', 'text'] as const;

/** Types of a custom field: the Pipedrive types that suit each, and what its value is. Told in docs/configuration.md. */
export const fieldTypes = {
  text: { pipedrive: [...anyText, 'phone'], holds: 'text' },
  number: { pipedrive: ['double', ...anyText], holds: 'a number' },
  money: { pipedrive: ['monetary', 'double', ...anyText], holds: 'an amount' },
  boolean: { pipedrive: [...anyText, 'double', 'enum'], holds: 'true or false' },
  date: { pipedrive: ['date'], holds: 'a day, YYYY-MM-DD' },
  datetime: { pipedrive: ['date', ...anyText], holds: 'a moment' },
  enum: { pipedrive: ['enum', ...anyText], holds: "the label of one of the field's options" },
  set: { pipedrive: ['set', ...anyText], holds: "labels of the field's options" },
  user: {
    pipedrive: ['user', 'double', ...anyText],
    holds: "an admin; in Pipedrive the admin's pd_owner_id",
  },
  phone: { pipedrive: ['phone', ...anyText], holds: 'a telephone number' },
  address: { pipedrive: ['address', ...anyText], holds: 'an address in one line' },
} as const satisfies Record<string, { pipedrive: readonly string[]; holds: string }>;

export type FieldType = keyof typeof fieldTypes;

export const fieldTypeNames = Object.keys(fieldTypes) as FieldType[];

/** Whether a Pipedrive field of `pipedriveType` can hold values of one of the types. */
export const pipedriveTypesOf = (types: readonly FieldType[]): string[] => [
  ...new Set(types.flatMap((type): readonly string[] => fieldTypes[type].pipedrive)),
];
