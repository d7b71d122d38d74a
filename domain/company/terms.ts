/** Words of the company that rules are written in. */

export const pricePlans = ['payg', 'startup', 'enterprise'] as const;
export type PricePlan = (typeof pricePlans)[number];

export const isPricePlan = (value: unknown): value is PricePlan =>
  typeof value === 'string' && (pricePlans as readonly string[]).includes(value);

/** A company pays once an invoice was paid; fewer fields of its deals are written then (OPS). */
export const isPaying = (company: { paid_invoice_count: number | null }): boolean =>
  (company.paid_invoice_count ?? 0) > 0;

/** Fields that a deal takes over from its company when it is made, and while it is open (TCD-08). */
export const inheritedFields = [
  'support_person_id',
  'bdr_person_id',
  'signup_questionnaire',
  'utm_source',
  'utm_campaign',
  'paid_invoice_count',
  'tc2_status',
  'website',
  'price_plan',
  'estimated_income',
] as const;
export type InheritedField = (typeof inheritedFields)[number];

/** Fields of a company that are dates in Pipedrive. */
export const dateFields: readonly string[] = [
  'created',
  'pay0_dt',
  'pay1_dt',
  'pay3_dt',
  'gclid_expiry_dt',
  'email_confirmed_dt',
  'card_saved_dt',
];

/** Whether a field names an admin: sales_person_id, support_person_id, bdr_person_id. */
export const isStaffField = (name: string): boolean => name.endsWith('_person_id');
