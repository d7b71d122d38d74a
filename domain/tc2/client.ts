/**
 * A client of TutorCruncher's own branch, read from a webhook's subject or from `GET /api/clients/{id}/`.
 *
 * Both shapes of the roles API are understood: V1 keeps the user's fields under `user`, V2 at the top level.
 */
import { z } from 'zod';
import { isPricePlan, type PricePlan } from '../company/terms.ts';
import { faultText } from '../values/faultText.ts';
import { count, identifier } from '../values/identifier.ts';
import { moment, optionalMoment } from '../values/moment.ts';
import { pythonJson } from '../values/pythonJson.ts';
import { isRecord } from '../values/record.ts';
import { nameOf, optionalText, storable } from '../values/text.ts';

const optionalBoolean = z.preprocess((value) => {
  if (value === '' || value === undefined) return null;
  if (value === 'true' || value === 'True' || value === 1) return true;
  if (value === 'false' || value === 'False' || value === 0) return false;
  return value;
}, z.boolean().nullable());

/** "United Kingdom (GB)" is GB: the last word without brackets. */
export const countryCode = (country: string | null): string | null => {
  const last = country
    ?.split(/\s+/)
    .at(-1)
    ?.replace(/^\(+|\)+$/g, '');
  return last === undefined || last === '' ? null : last;
};

/** "monthly-startup" is startup: the text after the last dash. Null for a plan that is not sold (TCC-38). */
export const planOf = (plan: string | null): PricePlan | null => {
  const last = plan?.split('-').at(-1)?.trim().toLowerCase();
  return isPricePlan(last) ? last : null;
};

const questionnaire = z
  .unknown()
  .optional()
  .transform((value): string | null => {
    if (value === undefined || value === null) return null;
    return storable(typeof value === 'string' ? value : pythonJson(value)).trim() || null;
  });

const longText = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => {
    const text = value === null || value === undefined ? '' : storable(String(value)).trim();
    return text === '' ? null : text;
  });

const requiredText = z
  .string()
  .transform((text) => nameOf(text))
  .pipe(z.string({ error: 'must not be empty' }));

const signupData = z.preprocess(
  (value) => (typeof value === 'object' && !Array.isArray(value) ? value : null),
  z.record(z.string(), z.unknown()).nullable(),
);

const agency = z.object({
  id: identifier,
  name: requiredText,
  website: optionalText,
  status: requiredText,
  paid_invoice_count: count,
  country: optionalText,
  price_plan: z.string(),
  narc: optionalBoolean.optional(),
  created: moment,
  pay0_dt: optionalMoment,
  pay1_dt: optionalMoment,
  pay3_dt: optionalMoment,
  card_saved_dt: optionalMoment,
  email_confirmed_dt: optionalMoment,
  gclid_expiry_dt: optionalMoment,
  gclid: longText,
  signup_questionnaire: questionnaire,
  receive_marketing_emails: optionalBoolean.optional(),
  operate_as_ea: optionalBoolean.optional(),
  signup_data: signupData.optional(),
});

/** An admin is an object where it is read and a bare id where it was written. */
const adminReference = z
  .union([identifier, z.object({ id: identifier }).transform(({ id }) => id)])
  .nullish()
  .transform((id) => id ?? null);

const recipient = z.object({
  id: identifier,
  first_name: optionalText,
  last_name: optionalText,
  email: optionalText,
});

const user = z.object({
  email: optionalText,
  phone: optionalText,
  mobile: optionalText,
});

const extraAttribute = z.object({ machine_name: z.string(), value: z.unknown() });

const clientSchema = z.preprocess(
  (value) => {
    if (!isRecord(value) || 'user' in value || !('last_name' in value)) return value;
    const { email, phone, mobile } = value;
    return { ...value, user: { email, phone, mobile } };
  },
  z.object({
    id: identifier,
    meta_agency: agency,
    user,
    associated_admin: adminReference,
    sales_person: adminReference,
    bdr_person: adminReference,
    paid_recipients: z.array(recipient),
    extra_attrs: z
      .array(z.unknown())
      .nullish()
      .transform((list) => list ?? []),
  }),
);

/** Who of the client's side Hermes keeps as a contact. */
export interface Tc2Recipient {
  id: number;
  first_name: string | null;
  last_name: string | null;
  /** The recipient's own address. */
  email: string | null;
}

/** A client in Hermes's words. */
export interface Tc2Client {
  cligencyId: number;
  agencyId: number;
  name: string;
  website: string | null;
  country: string | null;
  status: string;
  paidInvoiceCount: number;
  pricePlan: PricePlan;
  /** The plan as sent when it is not one that is sold. */
  unknownPricePlan: string | null;
  narc: boolean;
  created: Date;
  pay0: Date | null;
  pay1: Date | null;
  pay3: Date | null;
  cardSaved: Date | null;
  emailConfirmed: Date | null;
  gclid: string | null;
  gclidExpiry: Date | null;
  signupQuestionnaire: string | null;
  /** TC2 ids of staff. */
  salesPerson: number | null;
  supportPerson: number | null;
  bdrPerson: number | null;
  recipients: Tc2Recipient[];
  /** The client's own address, or the first recipient's (TCC-36). */
  email: string | null;
  phone: string | null;
  /** Extra attributes that are present, cleaned as tc2's values are: see `cleanAttribute`. */
  extraAttributes: ReadonlyMap<string, string>;
  /**
   * Values with a machine name that follow TC2 also to null: signup_data.*, receive_marketing_emails, operate_as_ea (TCC-48).
   */
  signupValues: ReadonlyMap<string, string | boolean | null>;
}

const signupDataNames = [
  'utm_medium',
  'utm_term',
  'utm_content',
  'ga4_client_id',
  'email',
  'phone',
  'company_name',
] as const;

/** Trimmed; in lower case and without dashes at its ends, unless it is a click id, which is case-sensitive (TCC-21). */
export const cleanAttribute = (machineName: string, value: unknown): string => {
  if (value === null || value === undefined) return '';
  const text = storable(typeof value === 'string' ? value : pythonJson(value)).trim();
  return machineName === 'gclid'
    ? text
    : text
        .toLowerCase()
        .replace(/^-+|-+$/g, '')
        .trim();
};

const extraAttributesOf = (list: readonly unknown[]): Map<string, string> => {
  const attributes = new Map<string, string>();
  for (const item of list) {
    const parsed = extraAttribute.safeParse(item);
    if (!parsed.success) continue;
    const value = cleanAttribute(parsed.data.machine_name, parsed.data.value);
    if (value !== '') attributes.set(parsed.data.machine_name, value);
  }
  return attributes;
};

const signupText = (value: unknown): string | null => {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = storable(String(value)).trim();
  return text === '' ? null : text;
};

const signupValuesOf = (parsed: z.infer<typeof agency>): Map<string, string | boolean | null> => {
  const values = new Map<string, string | boolean | null>();
  for (const name of signupDataNames) values.set(name, signupText(parsed.signup_data?.[name]));
  values.set('receive_marketing_emails', parsed.receive_marketing_emails ?? null);
  values.set('operate_as_ea', parsed.operate_as_ea ?? null);
  return values;
};

export type ClientParse = { ok: true; client: Tc2Client } | { ok: false; faults: string[] };

/**
 * Parses a client.
 *
 * @param value a webhook's subject, or the body of `GET /api/clients/{id}/`
 * @returns the client, or the faults as "path: message" (no values: they are personal data)
 */
export const parseClient = (value: unknown): ClientParse => {
  const result = clientSchema.safeParse(value, { error: faultText });
  if (!result.success) {
    return {
      ok: false,
      faults: result.error.issues.map((issue) => `${issue.path.join('.') || 'client'}: ${issue.message}`),
    };
  }
  const { meta_agency: parsed, user: person, paid_recipients: recipients } = result.data;
  const plan = planOf(parsed.price_plan);
  const client: Tc2Client = {
    cligencyId: result.data.id,
    agencyId: parsed.id,
    name: parsed.name,
    website: parsed.website,
    country: countryCode(parsed.country),
    status: parsed.status,
    paidInvoiceCount: parsed.paid_invoice_count,
    pricePlan: plan ?? 'payg',
    unknownPricePlan: plan === null ? parsed.price_plan : null,
    narc: parsed.narc ?? false,
    created: parsed.created,
    pay0: parsed.pay0_dt,
    pay1: parsed.pay1_dt,
    pay3: parsed.pay3_dt,
    cardSaved: parsed.card_saved_dt,
    emailConfirmed: parsed.email_confirmed_dt,
    gclid: parsed.gclid,
    gclidExpiry: parsed.gclid_expiry_dt,
    signupQuestionnaire: parsed.signup_questionnaire,
    salesPerson: result.data.sales_person,
    supportPerson: result.data.associated_admin,
    bdrPerson: result.data.bdr_person,
    recipients,
    email: person.email ?? recipients.find((one) => one.email !== null)?.email ?? null,
    phone: person.phone ?? person.mobile,
    extraAttributes: extraAttributesOf(result.data.extra_attrs),
    signupValues: signupValuesOf(parsed),
  };
  return { ok: true, client };
};
