/**
 * TutorCruncher's webhooks: shapes, example data, and builders that give what TutorCruncher sends.
 *
 * Terms: a *client* stands for an agency on TutorCruncher's own branch and carries it in `meta_agency`; `null` there is an
 * enquiry. Field names are those on the wire. All example data is invented.
 */
import { createHmac } from 'node:crypto';

export interface AdminRef {
  id: number;
  first_name: string;
  last_name: string;
  email: string;
}

export interface MetaAgency {
  id: number;
  name: string;
  website: string | null;
  /** pending_email_conf, trial, active, active-not-paying, suspended, terminated, in-arrears */
  status: string;
  paid_invoice_count: number;
  country: string;
  price_plan: string;
  narc?: boolean;
  created: string | number;
  pay0_dt: string | null;
  pay1_dt: string | null;
  pay3_dt: string | null;
  card_saved_dt: string | null;
  email_confirmed_dt: string | null;
  gclid: string | null;
  gclid_expiry_dt: string | null;
  signup_questionnaire: Record<string, unknown> | string | null;
  receive_marketing_emails?: boolean | null;
  operate_as_ea?: boolean | null;
  signup_data?: Record<string, string | null> | null;
}

export interface Tc2User {
  title: string | null;
  first_name: string | null;
  last_name: string;
  email: string | null;
  mobile: string | null;
  phone: string | null;
  street: string | null;
  state: string | null;
  town: string | null;
  country: string | null;
  postcode: string | null;
}

export interface Recipient {
  id: number | string;
  first_name: string | null;
  last_name: string;
  email: string | null;
  url?: string;
}

export interface ExtraAttr {
  id: number;
  machine_name: string;
  name: string;
  type: string;
  value: unknown;
}

export interface Tc2Client {
  id: number;
  meta_agency: MetaAgency | null;
  user: Tc2User;
  status: 'prospect' | 'live' | 'dormant';
  charge_via_branch: boolean;
  associated_admin: AdminRef | null;
  sales_person: AdminRef | null;
  bdr_person: AdminRef | null;
  paid_recipients: Recipient[];
  extra_attrs: ExtraAttr[];
  labels: { id: number; name: string; machine_name: string; url: string }[];
  pipeline_stage: unknown;
  invoices_count: number;
  invoice_balance: string;
  available_balance: string;
}

export interface Tc2Invoice {
  id: number;
  client: { id: number; first_name: string | null; last_name: string; email: string | null };
  charges: unknown[];
  date_sent: string | null;
  date_void: string | null;
  date_paid: string | null;
  display_id: string;
  gross: string;
  net: string;
  tax: string;
  /** draft, confirmed, unpaid, payment-pending, paid, failed, void */
  status: string;
  still_to_pay: number;
  pdf_url: string;
}

export interface Tc2Event {
  action: string;
  verb: string;
  timestamp: string;
  branch: number;
  actor: { name: string; id: number; user_id: number; url: string } | null;
  extra_msg: string;
  subject: { model: string; id: number; [key: string]: unknown };
}

/** How the roles of a branch read: V1 nests the user's fields in `user`, V2 has them at top level. */
export type RoleShape = 'V1' | 'V2';

export const appUrl = 'https://app.tutorcruncher.com';

export const exampleClient: Tc2Client = {
  id: 70412,
  meta_agency: {
    id: 5120,
    name: 'Harbour Tutors',
    website: 'https://harbour-tutors.example',
    status: 'trial',
    paid_invoice_count: 0,
    country: 'United Kingdom (GB)',
    price_plan: 'monthly-payg',
    narc: false,
    created: '2026-11-18T16:02:11.000000Z',
    pay0_dt: null,
    pay1_dt: null,
    pay3_dt: null,
    card_saved_dt: null,
    email_confirmed_dt: '2026-11-18T16:20:00Z',
    gclid: 'EAIaIQobChMIx9Qz',
    gclid_expiry_dt: '2027-02-16T16:02:11Z',
    signup_questionnaire: {
      'how-did-you-hear-about-us': 'Word of mouth',
      'are-lessons-mostly-remote-or-in-person': 'Mostly in-person',
    },
    receive_marketing_emails: true,
    operate_as_ea: false,
    signup_data: {
      utm_medium: 'cpc',
      utm_term: null,
      utm_content: null,
      ga4_client_id: '1184.2291',
      email: 'nell@harbour-tutors.example',
      phone: '+447700900111',
      company_name: 'Harbour Tutors',
    },
  },
  user: {
    title: null,
    first_name: 'Nell',
    last_name: 'Harbour',
    email: 'nell@harbour-tutors.example',
    mobile: null,
    phone: '+447700900111',
    street: null,
    state: null,
    town: 'Hull',
    country: 'United Kingdom (GB)',
    postcode: 'HU1 1AA',
  },
  status: 'prospect',
  charge_via_branch: true,
  associated_admin: { id: 77, first_name: 'Sol', last_name: 'Support', email: 'sol@tutorcruncher.example' },
  sales_person: { id: 64, first_name: 'Sam', last_name: 'Sales', email: 'sam@tutorcruncher.example' },
  bdr_person: null,
  paid_recipients: [
    {
      id: 70413,
      first_name: 'Nell',
      last_name: 'Harbour',
      email: 'nell@harbour-tutors.example',
      url: `${appUrl}/api/recipients/70413/`,
    },
  ],
  extra_attrs: [
    { id: 11, machine_name: 'utm_source', name: 'UTM source', type: 'Short Text', value: 'Google' },
    { id: 12, machine_name: 'utm_campaign', name: 'UTM campaign', type: 'Short Text', value: 'Autumn-2026' },
    {
      id: 13,
      machine_name: 'estimated_monthly_income',
      name: 'Estimated income',
      type: 'Dropdown',
      value: '----',
    },
  ],
  labels: [],
  pipeline_stage: null,
  invoices_count: 0,
  invoice_balance: '0.00',
  available_balance: '0.00',
};

export const exampleInvoice: Tc2Invoice = {
  id: 90210,
  client: { id: 70412, first_name: 'Nell', last_name: 'Harbour', email: 'nell@harbour-tutors.example' },
  charges: [
    {
      adhoc_charge: { id: 810, description: 'Monthly fee', client_cost: '60.00' },
      appointment: null,
      amount: '60.00000',
      units: '1.00000',
      tax_amount: '10.00000',
      sales_code: 'SUB',
    },
  ],
  date_sent: '2026-11-02T08:00:00Z',
  date_void: null,
  date_paid: '2026-11-21T12:30:00Z',
  display_id: 'INV-48',
  gross: '60.00',
  net: '50.00',
  tax: '10.00',
  status: 'paid',
  still_to_pay: 0,
  pdf_url: 'https://files.example/inv-48.pdf',
};

const exampleActor = { name: 'Ada Admin', id: 31, user_id: 9021, url: `${appUrl}/api/users/9021/` };

const verbs: Record<string, string> = {
  CREATED_A_CLIENT: 'created a client',
  EDITED_A_CLIENT: 'edited a client',
  DELETED_A_CLIENT: 'deleted a client',
  RECOVERED_A_CLIENT: 'recovered a client',
  CLIENT_PAID_INVOICE: 'paid an invoice',
  AGREE_TERMS: 'agreed to the terms',
};

/** ISO 8601 with microseconds and `Z`, as Python writes it. */
export const pythonTime = (at: Date | string): string =>
  typeof at === 'string' ? at : at.toISOString().replace(/(\.\d{3})Z$/, '$1000Z');

export interface EventOptions {
  shape?: RoleShape;
  /** The root of TutorCruncher's own addresses in the payload. */
  baseUrl?: string;
  actor?: Tc2Event['actor'];
  extraMsg?: string;
}

const frame = (
  action: string,
  timestamp: Date | string,
  subject: Tc2Event['subject'],
  { actor = null, extraMsg = '' }: EventOptions,
): Tc2Event => ({
  action,
  verb: verbs[action] ?? action.toLowerCase().replaceAll('_', ' '),
  timestamp: pythonTime(timestamp),
  branch: 1,
  actor,
  extra_msg: extraMsg,
  subject,
});

/** A client as the REST API reads it. V2 adds fields to the user's and has them at top level. */
export const readShape = (client: Tc2Client, shape: RoleShape): Record<string, unknown> => {
  if (shape === 'V1') return { ...structuredClone(client) };
  const { id, user, meta_agency, ...rest } = structuredClone(client);
  return {
    id,
    ...user,
    photo: null,
    latitude: null,
    longitude: null,
    date_created: meta_agency?.created ?? null,
    timezone: 'Europe/London',
    meta_agency,
    ...rest,
  };
};

/** An event with the whole client. `meta_agency` null makes it an enquiry. */
export const clientEvent = (
  client: Tc2Client = exampleClient,
  action = 'EDITED_A_CLIENT',
  timestamp: Date | string = new Date(),
  options: EventOptions = {},
): Tc2Event => {
  const { shape = 'V1', baseUrl = appUrl, actor = exampleActor } = options;
  return frame(
    action,
    timestamp,
    {
      model: 'Client',
      url: `${baseUrl}/api/clients/${client.id}/`,
      ...(readShape(client, shape) as { id: number }),
    },
    { ...options, actor },
  );
};

/** The event of a client without an agency. */
export const enquiryEvent = (
  client: Tc2Client = exampleClient,
  action = 'CLIENT_ENQUIRY',
  timestamp: Date | string = new Date(),
  options: EventOptions = {},
): Tc2Event => clientEvent({ ...client, meta_agency: null }, action, timestamp, options);

/** DELETED_A_CLIENT with the short payload: no agency, no user. */
export const deletedEvent = (
  client: Pick<Tc2Client, 'id' | 'user'> = exampleClient,
  timestamp: Date | string = new Date(),
  options: EventOptions = {},
): Tc2Event =>
  frame(
    'DELETED_A_CLIENT',
    timestamp,
    {
      model: 'Client',
      url: `${options.baseUrl ?? appUrl}/api/clients/${client.id}/`,
      id: client.id,
      first_name: client.user.first_name,
      last_name: client.user.last_name,
      email: client.user.email,
      role_type: 'Client',
      is_deleted: true,
    },
    options,
  );

/** An invoice event. Its client is the short form: who wants more reads the client. */
export const invoiceEvent = (
  invoice: Tc2Invoice = exampleInvoice,
  action = 'CLIENT_PAID_INVOICE',
  timestamp: Date | string = new Date(),
  options: EventOptions = {},
): Tc2Event => {
  const { baseUrl = appUrl, extraMsg = 'Processed automatically via TutorCruncher' } = options;
  return frame(
    action,
    timestamp,
    {
      model: 'Invoice',
      url: `${baseUrl}/api/invoices/${invoice.id}/`,
      ...structuredClone(invoice),
      client: {
        ...invoice.client,
        role_type: 'Client',
        url: `${baseUrl}/api/clients/${invoice.client.id}/`,
      },
    },
    { ...options, extraMsg },
  );
};

const escapes: Record<string, string> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

// Python escapes quote, backslash and everything outside printable ASCII, by UTF-16 unit.
const pythonString = (text: string): string =>
  `"${text.replace(/["\\]|[^ -~]/g, (unit) => escapes[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;

/** What Python's `json.dumps` writes: `", "` and `": "`, and everything but ASCII as `\uXXXX`. */
export const pythonJson = (value: unknown): string => {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return pythonString(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof Date) return pythonString(pythonTime(value));
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${pythonString(name)}: ${pythonJson(member)}`);
  return `{${members.join(', ')}}`;
};

/** The `webhook-signature` header: lower-case hex HMAC-SHA256 of the raw body with the API key. */
export const signBody = (body: Uint8Array | string, key: string): string =>
  createHmac('sha256', key).update(body).digest('hex');

/** The raw body of a delivery. The sender's own service names the time `request_time`. */
export const webhookBody = (
  events: readonly unknown[],
  requestTime = Math.floor(Date.now() / 1_000),
): Buffer => Buffer.from(pythonJson({ events, request_time: requestTime }));
