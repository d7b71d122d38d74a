/**
 * The demonstration account: staff, Pipedrive's pipelines, stages and custom fields, TutorCruncher's custom fields. `config.yaml`
 * beside it is the configuration of a Hermes that goes with it; a test holds the two together.
 */
import type { FieldSeed } from '../pipedrive/fields.ts';
import type { Seed } from '../pipedrive/seed.ts';
import { exampleAdmins, exampleExtraAttrs } from '../tc2/branch.ts';
import type { AdminRef } from '../tc2/events.ts';
import type { ExtraAttrDefinition } from '../tc2/changes.ts';

interface DemoField {
  /** Hermes's name, in the configuration. */
  name: string;
  /** The field's name in Pipedrive. */
  label: string;
  type: 'varchar' | 'text' | 'user' | 'date' | 'phone' | 'enum';
  /** The key in Pipedrive. */
  code: string;
  options?: { id: number; label: string }[];
}

/** One person in Hermes, Pipedrive, TutorCruncher and Google. */
export interface DemoAdmin {
  id: number;
  first_name: string;
  last_name: string;
  username: string;
  timezone: string;
  tc2_admin_id: number;
  pd_owner_id: number;
}

/** Whoever these are in Hermes is said in `config.yaml`: roles, plans and regions. */
export const demoAdmins: readonly DemoAdmin[] = [
  {
    id: 1,
    first_name: 'Sam',
    last_name: 'Sales',
    username: 'sam@acme.example',
    timezone: 'Europe/London',
    tc2_admin_id: 64,
    pd_owner_id: 101,
  },
  {
    id: 2,
    first_name: 'Sol',
    last_name: 'Support',
    username: 'sol@acme.example',
    timezone: 'Europe/London',
    tc2_admin_id: 77,
    pd_owner_id: 102,
  },
  {
    id: 3,
    first_name: 'Atlantic',
    last_name: 'Sales',
    username: 'atlantic@acme.example',
    timezone: 'America/New_York',
    tc2_admin_id: 65,
    pd_owner_id: 103,
  },
  {
    id: 4,
    first_name: 'Pacific',
    last_name: 'Sales',
    username: 'pacific@acme.example',
    timezone: 'Australia/Sydney',
    tc2_admin_id: 66,
    pd_owner_id: 104,
  },
  {
    id: 5,
    first_name: 'Enterprise',
    last_name: 'Sales',
    username: 'enterprise@acme.example',
    timezone: 'Europe/London',
    tc2_admin_id: 67,
    pd_owner_id: 105,
  },
  {
    id: 6,
    first_name: 'Ada',
    last_name: 'Admin',
    username: 'ada@acme.example',
    timezone: 'Europe/London',
    tc2_admin_id: 31,
    pd_owner_id: 106,
  },
];

/** Fields of Hermes that organizations have. */
export const organizationFields: readonly DemoField[] = [
  {
    name: 'hermes_id',
    label: 'Hermes id',
    type: 'varchar',
    code: '2f1ec5a5d79b40eb470bdc41fe3456153e947c10',
  },
  {
    name: 'tc2_cligency_url',
    label: 'TC2 client',
    type: 'varchar',
    code: '78e5272837cea27897eb4e51e95bc88bd7c00ff9',
  },
  {
    name: 'tc2_status',
    label: 'TC2 status',
    type: 'varchar',
    code: '9452c469b43d67230785fa996f30e391fc9f056f',
  },
  { name: 'website', label: 'Website', type: 'varchar', code: 'c795c034a14fb78daa0f9e244b07a971b90bb102' },
  {
    name: 'price_plan',
    label: 'Price plan',
    type: 'varchar',
    code: '8e12e43c3b0f48f504374e09931017bc46a18809',
  },
  {
    name: 'estimated_income',
    label: 'Estimated income',
    type: 'varchar',
    code: '87c1c6dad26017ec056f8a8030d912bf3a45140d',
  },
  {
    name: 'signup_questionnaire',
    label: 'Signup questionnaire',
    type: 'text',
    code: 'ac524ae611e3aaa329c97bbd386f695ffdb2fd78',
  },
  {
    name: 'utm_source',
    label: 'UTM source',
    type: 'varchar',
    code: 'eee3c7bd98553da19aba098d17e86899842cc56f',
  },
  {
    name: 'utm_campaign',
    label: 'UTM campaign',
    type: 'varchar',
    code: '3388e221eb0d2f94ee6b357f9cd936911d23f54a',
  },
  {
    name: 'paid_invoice_count',
    label: 'Paid invoices',
    type: 'varchar',
    code: 'c4fcd3df3e9c1e60ee09721e3037777f4cb28b47',
  },
  {
    name: 'support_person_id',
    label: 'Support person',
    type: 'user',
    code: '320cbe05ebf1e7a94fb58a32bf8e49c15dff5d75',
  },
  {
    name: 'bdr_person_id',
    label: 'BDR person',
    type: 'user',
    code: 'f709a7b23caeba50375d7b02112d4cc39c8ec315',
  },
  { name: 'gclid', label: 'GCLID', type: 'varchar', code: '5b59f2c1b9eb9c2737b53dff93c09ab85f7c8ddb' },
  {
    name: 'gclid_expiry_dt',
    label: 'GCLID expires',
    type: 'date',
    code: '37695eaa274db528d119edb3ee8fc06f7be92ebc',
  },
  {
    name: 'created',
    label: 'Agency created',
    type: 'date',
    code: 'cb5e49a472d9344586338fb1ebd2b95d9c97fe4e',
  },
  { name: 'pay0_dt', label: 'Pay 0', type: 'date', code: '02ad1e7d3bc08a7f182e1c23147cdbc8895c7d29' },
  { name: 'pay1_dt', label: 'Pay 1', type: 'date', code: 'c0dfa1ee269f7ddfb9aaf96adc589acefff591a9' },
  { name: 'pay3_dt', label: 'Pay 3', type: 'date', code: 'af3348cef6b4d7cda2fc505b6cfc534d0f37bc75' },
  {
    name: 'email_confirmed_dt',
    label: 'E-mail confirmed',
    type: 'date',
    code: '4cb410cd7304a145e15eb8043bae503ea388f44a',
  },
  {
    name: 'card_saved_dt',
    label: 'Card saved',
    type: 'date',
    code: '4de732b6b57e5a9d1e31d20dce7a4569688ee620',
  },
];

/** Fields of Hermes that deals have. */
export const dealFields: readonly DemoField[] = [
  {
    name: 'hermes_id',
    label: 'Hermes id',
    type: 'varchar',
    code: '76f2533d75dadc99031747e461a1900dba347318',
  },
  {
    name: 'tc2_cligency_url',
    label: 'TC2 client',
    type: 'varchar',
    code: '03e995d9b7c0b99796908907aab878dd5e489a88',
  },
  {
    name: 'tc2_status',
    label: 'TC2 status',
    type: 'varchar',
    code: 'f8053c72d9d31ce6ba76cb89654a47e0a27d5824',
  },
  { name: 'website', label: 'Website', type: 'varchar', code: '490de17c565525905ed19042591d533a519f216f' },
  {
    name: 'price_plan',
    label: 'Price plan',
    type: 'varchar',
    code: 'eea2ca5fa4e17fe72f30ffead68d8dfc45ee3be7',
  },
  {
    name: 'estimated_income',
    label: 'Estimated income',
    type: 'varchar',
    code: '765db8516b4bb1e59e312b8c74c7a2a80021b678',
  },
  {
    name: 'signup_questionnaire',
    label: 'Signup questionnaire',
    type: 'text',
    code: '9ca39cac08771a566a53e3cff72f04f3abc99b12',
  },
  {
    name: 'utm_source',
    label: 'UTM source',
    type: 'varchar',
    code: '31e6a1121a4f500378fc6cc47f0f34c7231b5aeb',
  },
  {
    name: 'utm_campaign',
    label: 'UTM campaign',
    type: 'varchar',
    code: '61bf10847d70fb8f4f5b3c5b78f20d29be1b6dfd',
  },
  {
    name: 'paid_invoice_count',
    label: 'Paid invoices',
    type: 'varchar',
    code: '4cec9e6834b34bb2d52022988816b81549f0ad75',
  },
  {
    name: 'support_person_id',
    label: 'Support person',
    type: 'user',
    code: '2ad8954f005a661cf39d87bbd745cde3525f91cb',
  },
  {
    name: 'bdr_person_id',
    label: 'BDR person',
    type: 'user',
    code: '468f1ca33e69b71aa4c3e028cb56c96876b47c76',
  },
];

/** Fields of Hermes that persons have. */
export const personFields: readonly DemoField[] = [
  {
    name: 'hermes_id',
    label: 'Hermes id',
    type: 'varchar',
    code: 'dd066b54c8599edef3938d7f3c90cd71e0c92836',
  },
];

/** What the sign-up form asks beyond Hermes's own fields: custom fields of the organization. */
export const customFields: readonly DemoField[] = [
  {
    name: 'utm_medium',
    label: 'UTM medium',
    type: 'varchar',
    code: '4ff72f72d856d99553c74376d886d92c1a7ba037',
  },
  { name: 'utm_term', label: 'UTM term', type: 'varchar', code: 'e4e9627c0c933b4e58f69f73f6655de98537f95f' },
  {
    name: 'utm_content',
    label: 'UTM content',
    type: 'varchar',
    code: 'bf917e208a04ef89d2ca64bcb72a52ab2a228b81',
  },
  {
    name: 'ga4_client_id',
    label: 'GA4 client id',
    type: 'varchar',
    code: 'e03c7ef2677dae8524ce2703b1c55ebc8016946c',
  },
  {
    name: 'email',
    label: 'Signup e-mail',
    type: 'varchar',
    code: 'c6f49a6e58438c412edfb90344abdcb6f5cbd695',
  },
  { name: 'phone', label: 'Signup phone', type: 'phone', code: '3c6595fde40e3017d105be47a5a1931c1ee77dc7' },
  {
    name: 'company_name',
    label: 'Signup company name',
    type: 'varchar',
    code: 'edc8bb61d5998462a8950303a2a8ad4392ae6aaf',
  },
  {
    name: 'receive_marketing_emails',
    label: 'Receives marketing e-mails',
    type: 'enum',
    code: '36252e954f13ea08849bb621f6ebaaff728d8e40',
    options: [
      { id: 201, label: 'Yes' },
      { id: 202, label: 'No' },
    ],
  },
  {
    name: 'operate_as_ea',
    label: 'Operates as EA',
    type: 'enum',
    code: 'fdd81d24d4db1394a770c8490864a026ff395469',
    options: [
      { id: 203, label: 'Yes' },
      { id: 204, label: 'No' },
    ],
  },
];

const fieldSeeds = (fields: readonly DemoField[]): FieldSeed[] =>
  fields.map(({ label, type, code, options }) => ({
    field_name: label,
    field_type: type,
    field_code: code,
    ...(options === undefined ? {} : { options }),
  }));

const stageNames = ['New', 'Demo booked', 'Trial', 'Negotiation'];

const demoPipelines = [
  { id: 1, name: 'PAYG' },
  { id: 2, name: 'Startup' },
  { id: 3, name: 'Enterprise' },
];

/** 11, 12, 13, 14 in pipeline 1, and so on; the first is where deals enter. */
const demoStages = demoPipelines.flatMap((pipeline) =>
  stageNames.map((name, index) => ({ id: pipeline.id * 10 + index + 1, name, pipeline_id: pipeline.id })),
);

/** The account for Pipedrive's stand-in. User 100 is the one that Hermes acts as. */
export const demoAccount: Seed = {
  users: [
    { id: 100, name: 'Hermes', email: 'hermes@acme.example', is_admin: true },
    ...demoAdmins.map((admin) => ({
      id: admin.pd_owner_id,
      name: `${admin.first_name} ${admin.last_name}`,
      email: admin.username,
      is_admin: admin.id === 1,
      timezone_name: admin.timezone,
    })),
  ],
  pipelines: demoPipelines,
  stages: demoStages,
  fields: {
    organization: fieldSeeds([...organizationFields, ...customFields]),
    deal: fieldSeeds(dealFields),
    person: fieldSeeds(personFields),
  },
};

/** TutorCruncher's administrators: the examples' own, and the rest of the staff. */
export const demoTc2Admins: AdminRef[] = [
  ...exampleAdmins,
  ...demoAdmins
    .filter((admin) => !exampleAdmins.some(({ id }) => id === admin.tc2_admin_id))
    .map((admin) => ({
      id: admin.tc2_admin_id,
      first_name: admin.first_name,
      last_name: admin.last_name,
      email: admin.username,
    })),
];

/** Client custom fields of the branch. */
export const demoExtraAttrs: ExtraAttrDefinition[] = exampleExtraAttrs;

/** Everybody's calendar. */
export const demoCalendars = demoAdmins.map(({ username, timezone }) => ({
  email: username,
  timeZone: timezone,
}));
