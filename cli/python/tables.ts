/**
 * The tables of the Python service, as far as Hermes has them too: its models and migrations from October 2025 (SQLModel, Alembic)
 * to October 2026. In an order in which each table comes after those that it refers to.
 */

export type TableName =
  'admin' | 'stage' | 'pipeline' | 'config' | 'company' | 'contact' | 'deal' | 'meeting';

export interface Reference {
  column: string;
  table: TableName;
  /** Whether a row without it makes no sense; else it is emptied. */
  required: boolean;
}

export interface PythonTable {
  name: TableName;
  columns: readonly string[];
  /** Columns of later versions, with what a row of an earlier one stands for, in SQL. */
  since: Readonly<Record<string, string>>;
  /** Moments, which the service keeps without a time zone. */
  moments: readonly string[];
  /** Unique in both databases. */
  unique: readonly string[];
  references: readonly Reference[];
  /** Columns of few values, which Hermes's own table insists on. */
  choices: Readonly<Record<string, readonly string[]>>;
  /** Whether rows that the source has no more are removed here. Configuration may also come from a file. */
  mirrors: boolean;
}

/** Names in a row, which read better than a list of quotes. */
const words = (names: string): string[] => names.trim().split(/\s+/);

const optional = (column: string, table: TableName): Reference => ({ column, table, required: false });
const required = (column: string, table: TableName): Reference => ({ column, table, required: true });

const companyMoments = words(
  'created pay0_dt pay1_dt pay3_dt gclid_expiry_dt email_confirmed_dt card_saved_dt',
);

export const pythonTables: readonly PythonTable[] = [
  {
    name: 'admin',
    columns: words(
      `id tc2_admin_id pd_owner_id first_name last_name username timezone
       is_sales_person is_support_person is_bdr_person sells_payg sells_startup sells_enterprise
       sells_us sells_gb sells_au sells_ca sells_eu sells_row`,
    ),
    since: {},
    moments: [],
    unique: ['tc2_admin_id'],
    references: [],
    choices: {},
    mirrors: false,
  },
  {
    name: 'stage',
    columns: words('id pd_stage_id name'),
    since: {},
    moments: [],
    unique: ['pd_stage_id'],
    references: [],
    choices: {},
    mirrors: false,
  },
  {
    name: 'pipeline',
    columns: words('id pd_pipeline_id name dft_entry_stage_id'),
    since: { dft_entry_stage_id: 'null::integer' },
    moments: [],
    unique: ['pd_pipeline_id'],
    references: [optional('dft_entry_stage_id', 'stage')],
    choices: {},
    mirrors: false,
  },
  {
    name: 'config',
    columns: words(
      `id meeting_dur_mins meeting_buffer_mins meeting_min_start meeting_max_end
       payg_pipeline_id startup_pipeline_id enterprise_pipeline_id`,
    ),
    since: {},
    moments: [],
    unique: [],
    references: [
      optional('payg_pipeline_id', 'pipeline'),
      optional('startup_pipeline_id', 'pipeline'),
      optional('enterprise_pipeline_id', 'pipeline'),
    ],
    choices: {},
    mirrors: false,
  },
  {
    name: 'company',
    columns: [
      ...words(
        `id name tc2_agency_id tc2_cligency_id pd_org_id price_plan country website currency estimated_income
         utm_campaign utm_source gclid signup_questionnaire has_booked_call has_signed_up narc is_deleted
         paid_invoice_count tc2_status sales_person_id support_person_id bdr_person_id`,
      ),
      ...companyMoments,
    ],
    since: { is_deleted: 'false' },
    moments: companyMoments,
    unique: ['tc2_agency_id', 'tc2_cligency_id', 'pd_org_id'],
    references: [
      optional('sales_person_id', 'admin'),
      optional('support_person_id', 'admin'),
      optional('bdr_person_id', 'admin'),
    ],
    choices: {},
    mirrors: true,
  },
  {
    name: 'contact',
    columns: words(
      `id tc2_sr_id pd_person_id created first_name last_name email phone country company_id is_deleted`,
    ),
    since: { is_deleted: 'false' },
    moments: ['created'],
    unique: ['tc2_sr_id', 'pd_person_id'],
    references: [required('company_id', 'company')],
    choices: {},
    mirrors: true,
  },
  {
    name: 'deal',
    columns: words(
      `id pd_deal_id name status admin_id pipeline_id stage_id company_id contact_id support_person_id bdr_person_id
       paid_invoice_count tc2_status tc2_cligency_url website price_plan estimated_income signup_questionnaire
       utm_campaign utm_source`,
    ),
    since: { tc2_cligency_url: 'null::text' },
    moments: [],
    unique: ['pd_deal_id'],
    references: [
      required('company_id', 'company'),
      optional('contact_id', 'contact'),
      optional('admin_id', 'admin'),
      optional('pipeline_id', 'pipeline'),
      optional('stage_id', 'stage'),
    ],
    choices: { status: ['open', 'won', 'lost', 'deleted'] },
    mirrors: true,
  },
  {
    name: 'meeting',
    columns: words(
      'id created start_time end_time status meeting_type admin_id contact_id company_id deal_id',
    ),
    since: {},
    moments: ['created', 'start_time', 'end_time'],
    unique: [],
    references: [
      optional('admin_id', 'admin'),
      required('contact_id', 'contact'),
      required('company_id', 'company'),
      optional('deal_id', 'deal'),
    ],
    choices: { status: ['PLANNED', 'CANCELED', 'NO_SHOW', 'COMPLETED'], meeting_type: ['sales', 'support'] },
    mirrors: true,
  },
];

/** Columns of its company that are custom fields here: column to machine name (TCC-48). */
export const customColumns: Readonly<Record<string, string>> = {
  utm_medium: 'utm_medium',
  utm_term: 'utm_term',
  utm_content: 'utm_content',
  ga4_client_id: 'ga4_client_id',
  signup_email: 'email',
  signup_phone: 'phone',
  signup_company_name: 'company_name',
  receive_marketing_emails: 'receive_marketing_emails',
  operate_as_ea: 'operate_as_ea',
};
