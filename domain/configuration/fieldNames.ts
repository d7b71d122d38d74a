/** The fields of Hermes that a field map can lead to Pipedrive, and the columns that a custom field can be bound to. */
import type { FieldType } from './fieldTypes.ts';

export const entities = ['organization', 'deal', 'person'] as const;
export type Entity = (typeof entities)[number];

type Fields = Readonly<Record<string, readonly FieldType[]>>;

const text: readonly FieldType[] = ['text'];
/** Text that an account may keep as one of several options. */
const label: readonly FieldType[] = ['text', 'enum'];
const income: readonly FieldType[] = ['text', 'money'];
const count: readonly FieldType[] = ['number'];
const day: readonly FieldType[] = ['date'];
const admin: readonly FieldType[] = ['user'];

/** What a deal inherits from its company under the same name. */
const shared = {
  tc2_status: label,
  website: text,
  price_plan: label,
  estimated_income: income,
  signup_questionnaire: text,
  utm_source: text,
  utm_campaign: text,
  paid_invoice_count: count,
  support_person_id: admin,
  bdr_person_id: admin,
} satisfies Fields;

const companyDays = {
  created: day,
  pay0_dt: day,
  pay1_dt: day,
  pay3_dt: day,
  gclid_expiry_dt: day,
  email_confirmed_dt: day,
  card_saved_dt: day,
} satisfies Fields;

/** Per entity: the names that a field map may hold, each with the types that its Pipedrive field may stand for. */
export const mappedFields: Readonly<Record<Entity, Fields>> = {
  organization: { hermes_id: count, tc2_cligency_url: text, gclid: text, ...shared, ...companyDays },
  deal: { hermes_id: count, tc2_cligency_url: text, ...shared },
  person: { hermes_id: count },
};

const boundText: readonly FieldType[] = ['text', 'enum'];
const boundDay: readonly FieldType[] = ['date', 'datetime'];
const boundShared = {
  ...shared,
  tc2_status: boundText,
  website: boundText,
  price_plan: boundText,
  estimated_income: ['text', 'enum', 'money'],
} satisfies Fields;

/**
 * Per entity: the columns that a custom field may stand for, each with the types that it may have.
 *
 * Left out are links to other systems, names that Pipedrive has fields of its own for, and the records' states.
 */
export const bindableColumns: Readonly<Record<Entity, Fields>> = {
  organization: {
    ...boundShared,
    ...Object.fromEntries(Object.keys(companyDays).map((name) => [name, boundDay])),
    country: boundText,
    currency: boundText,
    gclid: text,
    sales_person_id: admin,
  },
  deal: boundShared,
  person: { country: boundText },
};
