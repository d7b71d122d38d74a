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

const knownRecords = async (
  db: Knex,
  company: CompanyRow,
  contacts: readonly ContactRow[],
  deals: readonly DealRow[],
  meetings: readonly MeetingRow[],
) => {
  const wanted: [string, number][] = [];
  if (company.pd_org_id !== null) wanted.push(['organization', company.pd_org_id]);
  for (const row of contacts) if (row.pd_person_id !== null) wanted.push(['person', row.pd_person_id]);
  for (const row of deals) if (row.pd_deal_id !== null) wanted.push(['deal', row.pd_deal_id]);
  for (const row of meetings) if (row.pd_activity_id !== null) wanted.push(['activity', row.pd_activity_id]);
  const rows =
    wanted.length === 0
      ? []
      : await db('remote_record')
          .where({ system: 'pipedrive' })
          .whereIn(['entity', 'remote_id'], wanted)
          .select<{ entity: string; remote_id: number; known: KnownFields | null }[]>(
            'entity',
            'remote_id',
            'known',
          );
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
  const company = (await db('company').where({ id: companyId }).first('*')) as CompanyRow | undefined;
  if (company === undefined) return null;
  // One after the other: in a transaction they share a connection.
  const contacts = await db('contact')
    .where({ company_id: companyId })
    .orderBy('id')
    .select<ContactRow[]>('*');
  const deals = await db('deal').where({ company_id: companyId }).orderBy('id').select<DealRow[]>('*');
  const meetings = await db('meeting')
    .where({ company_id: companyId })
    .where((query) => void query.where({ activity_wanted: true }).orWhereNotNull('pd_activity_id'))
    .orderBy('id')
    .select<MeetingRow[]>('*');
  const values =
    map.customFields.length === 0
      ? []
      : await db('custom_field_value')
          .where({ company_id: companyId })
          .orWhereIn('contact_id', db('contact').where({ company_id: companyId }).select('id'))
          .orWhereIn('deal_id', db('deal').where({ company_id: companyId }).select('id'))
          .select<ValueRow[]>('custom_field_id', 'company_id', 'contact_id', 'deal_id', 'value');
  const admins = await db('admin').select<AdminRow[]>('id', 'first_name', 'last_name', 'pd_owner_id');
  const known = await knownRecords(db, company, contacts, deals, meetings);
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
