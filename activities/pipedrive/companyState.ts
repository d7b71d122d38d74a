/** A company with all that hangs on it, what Pipedrive should hold of it, and what it is known to hold. */
import type { Knex } from 'knex';
import type { CompanyRow, ContactRow, DealRow, KnownFields, MeetingRow } from '../../db/models/index.ts';
import { wantedActivity } from '../../domain/pipedrive/activity.ts';
import type { FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import type { PlanInput } from '../../domain/pipedrive/plan.ts';
import {
  wantedDeal,
  wantedOrganization,
  wantedPaidInvoiceCount,
  wantedPerson,
  type CustomValues,
  type WantedContext,
} from '../../domain/pipedrive/wanted.ts';
import type { Environment } from '../../environment/environment.ts';

/** Amounts of money that name no currency are in it. */
const defaultCurrency = 'GBP';

interface AdminRow {
  id: number;
  first_name: string;
  last_name: string;
  pd_owner_id: number | null;
}

export interface CompanyState {
  company: CompanyRow;
  contacts: ContactRow[];
  deals: DealRow[];
  meetings: MeetingRow[];
  input: PlanInput;
}

interface ValueRow {
  custom_field_id: number;
  company_id: number | null;
  contact_id: number | null;
  deal_id: number | null;
  value: unknown;
}

const valuesBy = (rows: readonly ValueRow[], column: 'company_id' | 'contact_id' | 'deal_id') => {
  const byRecord = new Map<number, Map<number, unknown>>();
  for (const row of rows) {
    const record = row[column];
    if (record === null) continue;
    const values = byRecord.get(record) ?? new Map<number, unknown>();
    values.set(row.custom_field_id, row.value);
    byRecord.set(record, values);
  }
  return (id: number): CustomValues => byRecord.get(id) ?? new Map();
};

interface KnownRow {
  entity: string;
  remote_id: number;
  known: KnownFields | null;
}

/** All that a sync compares, in one round trip: a sync loads its company before every call. */
const statements = (companyId: number): string => {
  const id = Math.trunc(companyId);
  const contacts = `select id from contact where company_id = ${id}`;
  const deals = `select id from deal where company_id = ${id}`;
  return `
select * from company where id = ${id};
select * from contact where company_id = ${id} order by id;
select * from deal where company_id = ${id} order by id;
select * from meeting where company_id = ${id} and (activity_wanted or pd_activity_id is not null) order by id;
select custom_field_id, company_id, contact_id, deal_id, value from custom_field_value
  where company_id = ${id} or contact_id in (${contacts}) or deal_id in (${deals});
select id, first_name, last_name, pd_owner_id from admin;
select entity, remote_id, known from remote_record where system = 'pipedrive' and (entity, remote_id) in (
  select 'organization', pd_org_id from company where id = ${id} and pd_org_id is not null
  union all select 'person', pd_person_id from contact where company_id = ${id} and pd_person_id is not null
  union all select 'deal', pd_deal_id from deal where company_id = ${id} and pd_deal_id is not null
  union all select 'activity', pd_activity_id from meeting where company_id = ${id} and pd_activity_id is not null)`;
};

type Loaded = [
  { rows: CompanyRow[] },
  { rows: ContactRow[] },
  { rows: DealRow[] },
  { rows: MeetingRow[] },
  { rows: ValueRow[] },
  { rows: AdminRow[] },
  { rows: KnownRow[] },
];

const knownOf = (rows: readonly KnownRow[]) => {
  const byKey = new Map(rows.map((row) => [`${row.entity}:${row.remote_id}`, row.known]));
  return (entity: string, remoteId: number | null): KnownFields | null =>
    remoteId === null ? null : (byKey.get(`${entity}:${remoteId}`) ?? null);
};

/**
 * Loads a company for its sync.
 *
 * @returns null when the company is gone (SYN-01)
 */
export const loadCompanyState = async (
  db: Knex,
  environment: Environment,
  map: FieldMap,
  companyId: number,
): Promise<CompanyState | null> => {
  const loaded = (await db.raw(statements(companyId))) as unknown as Loaded;
  const [companies, { rows: contacts }, { rows: deals }, { rows: meetings }, { rows: values }, ...rest] =
    loaded;
  const [{ rows: admins }, held] = rest;
  const [company] = companies.rows;
  if (company === undefined) return null;
  const known = knownOf(held.rows);
  const context: WantedContext = {
    map,
    owners: new Map(admins.map((admin) => [admin.id, admin.pd_owner_id])),
    tc2BaseUrl: environment.TC2_BASE_URL,
    currency: defaultCurrency,
  };
  const ofCompany = valuesBy(values, 'company_id');
  const ofContact = valuesBy(values, 'contact_id');
  const ofDeal = valuesBy(values, 'deal_id');
  const personOf = (contactId: number | null): number | null =>
    contacts.find(({ id, is_deleted: deleted }) => id === contactId && !deleted)?.pd_person_id ?? null;
  const dealOf = (dealId: number | null): number | null =>
    deals.find(({ id }) => id === dealId)?.pd_deal_id ?? null;

  const input: PlanInput = {
    createDeals: environment.SYNC_CREATE_DEALS,
    company: {
      id: company.id,
      pd_org_id: company.pd_org_id,
      is_deleted: company.is_deleted,
      deleted_by: company.deleted_by,
      narc: company.narc,
      paid_invoice_count: company.paid_invoice_count,
      wanted: wantedOrganization(context, { ...company }, ofCompany(company.id)),
      known: known('organization', company.pd_org_id),
    },
    contacts: contacts.map((contact) => ({
      id: contact.id,
      pd_person_id: contact.pd_person_id,
      is_deleted: contact.is_deleted,
      wanted: wantedPerson(context, { ...company }, { ...contact }, ofContact(contact.id)),
      known: known('person', contact.pd_person_id),
    })),
    deals: deals.map((deal) => ({
      id: deal.id,
      pd_deal_id: deal.pd_deal_id,
      status: deal.status,
      booked: deal.booked,
      wanted: wantedDeal(
        context,
        { ...company },
        { ...deal },
        { pdPersonId: personOf(deal.contact_id) },
        ofDeal(deal.id),
      ),
      wantedCount: wantedPaidInvoiceCount(context, company.paid_invoice_count),
      known: known('deal', deal.pd_deal_id),
    })),
    meetings: meetings.map((meeting) => ({
      id: meeting.id,
      meeting_type: meeting.meeting_type,
      status: meeting.status,
      pd_activity_id: meeting.pd_activity_id,
      activity_wanted: meeting.activity_wanted,
      contact_id: meeting.contact_id,
      wanted: wantedActivity({
        meeting,
        admin: admins.find(({ id }) => id === meeting.admin_id) ?? null,
        pdOrgId: company.pd_org_id,
        pdPersonId: personOf(meeting.contact_id),
        pdDealId: dealOf(meeting.deal_id),
      }),
      known: known('activity', meeting.pd_activity_id),
    })),
  };
  return { company, contacts, deals, meetings, input };
};
