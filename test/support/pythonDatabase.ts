/** A database as the Python service has it after its newest migration (revision 3900ef0be49f, October 2026), and an older one. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { query } from './query.ts';
import { stack } from './stack.ts';

const adminFlags = [
  'is_sales_person',
  'is_support_person',
  'is_bdr_person',
  ...['payg', 'startup', 'enterprise', 'us', 'gb', 'au', 'ca', 'eu', 'row'].map((what) => `sells_${what}`),
];

const signupColumns =
  'utm_medium utm_term utm_content ga4_client_id signup_email signup_phone signup_company_name';

const firstSchema = `
create table alembic_version (version_num varchar(32) primary key);
create table admin (
  id serial primary key, tc2_admin_id integer, pd_owner_id integer, first_name varchar not null,
  last_name varchar not null, username varchar(255) not null, timezone varchar not null,
  ${adminFlags.map((flag) => `${flag} boolean not null`).join(', ')}
);
create unique index ix_admin_tc2_admin_id on admin (tc2_admin_id);
create table stage (id serial primary key, pd_stage_id integer not null, name varchar(255) not null);
create unique index ix_stage_pd_stage_id on stage (pd_stage_id);
create table company (
  id serial primary key, name varchar(255) not null, tc2_agency_id integer, tc2_cligency_id integer,
  pd_org_id integer, created timestamp without time zone not null, price_plan varchar(255) not null,
  country varchar(255), website varchar(255), currency varchar(255), estimated_income varchar(255),
  utm_campaign varchar(255), utm_source varchar(255), gclid varchar(255), signup_questionnaire varchar,
  has_booked_call boolean not null, has_signed_up boolean not null, narc boolean not null,
  paid_invoice_count integer, tc2_status varchar(25), pay0_dt timestamp, pay1_dt timestamp, pay3_dt timestamp,
  gclid_expiry_dt timestamp, email_confirmed_dt timestamp, card_saved_dt timestamp,
  sales_person_id integer not null references admin (id), support_person_id integer references admin (id),
  bdr_person_id integer references admin (id)
);
create unique index ix_company_pd_org_id on company (pd_org_id);
create unique index ix_company_tc2_agency_id on company (tc2_agency_id);
create unique index ix_company_tc2_cligency_id on company (tc2_cligency_id);
create table pipeline (
  id serial primary key, pd_pipeline_id integer not null, name varchar(255) not null,
  dft_entry_stage_id integer references stage (id)
);
create unique index ix_pipeline_pd_pipeline_id on pipeline (pd_pipeline_id);
create table config (
  id serial primary key, meeting_dur_mins integer not null, meeting_buffer_mins integer not null,
  meeting_min_start varchar(5) not null, meeting_max_end varchar(5) not null,
  payg_pipeline_id integer not null references pipeline (id),
  startup_pipeline_id integer not null references pipeline (id),
  enterprise_pipeline_id integer not null references pipeline (id)
);
create table contact (
  id serial primary key, tc2_sr_id integer, pd_person_id integer, created timestamp not null,
  first_name varchar(255), last_name varchar(255), email varchar(255), phone varchar(255), country varchar(255),
  company_id integer not null references company (id)
);
create unique index ix_contact_pd_person_id on contact (pd_person_id);
create unique index ix_contact_tc2_sr_id on contact (tc2_sr_id);
create table deal (
  id serial primary key, pd_deal_id integer, name varchar(255), status varchar(255) not null,
  admin_id integer not null references admin (id), pipeline_id integer not null references pipeline (id),
  stage_id integer not null references stage (id), company_id integer not null references company (id),
  contact_id integer references contact (id), support_person_id integer, bdr_person_id integer,
  paid_invoice_count integer, tc2_status varchar, tc2_cligency_url varchar(255), website varchar,
  price_plan varchar, estimated_income varchar, signup_questionnaire varchar, utm_campaign varchar,
  utm_source varchar
);
create unique index ix_deal_pd_deal_id on deal (pd_deal_id);
create table meeting (
  id serial primary key, created timestamp not null, start_time timestamp, end_time timestamp,
  status varchar(255) not null, meeting_type varchar(255) not null,
  admin_id integer not null references admin (id), contact_id integer not null references contact (id),
  company_id integer not null references company (id), deal_id integer references deal (id)
);
insert into alembic_version values ('5d51f946e024');
`;

const laterMigrations = `
alter table company add column is_deleted boolean not null default false;
alter table contact add column is_deleted boolean not null default false;
alter table company add column receive_marketing_emails boolean not null default false;
${signupColumns
  .split(' ')
  .map((column) => `alter table company add column ${column} varchar(255);`)
  .join('\n')}
create index ix_contact_email_lower on contact (lower(email));
alter table company add column operate_as_ea boolean not null default false;
update alembic_version set version_num = '3900ef0be49f';
`;

export interface PythonDatabase {
  url: string;
  sql: (text: string, values?: readonly unknown[]) => Promise<pg.QueryResult>;
  drop: () => Promise<void>;
}

/** @param version the schema of October 2025, or the newest one */
export const createPythonDatabase = async (
  version: 'first' | 'newest' = 'newest',
): Promise<PythonDatabase> => {
  const { adminUrl, databaseUrl } = await stack();
  const name = `python_${randomUUID().replaceAll('-', '')}`;
  await query(adminUrl, `create database ${name}`);
  const client = new pg.Client({ connectionString: databaseUrl(name) });
  await client.connect();
  await client.query(firstSchema);
  if (version === 'newest') await client.query(laterMigrations);
  return {
    url: databaseUrl(name),
    sql: (text, values) => client.query(text, values === undefined ? undefined : [...values]),
    drop: async () => {
      await client.end();
      await query(adminUrl, `drop database ${name} with (force)`);
    },
  };
};
