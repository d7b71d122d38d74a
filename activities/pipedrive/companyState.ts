/** A company with all that hangs on it, what Pipedrive should hold of it, and what it is known to hold. */
import type { Knex } from 'knex';
import { prepared } from '../../db/prepared.ts';
import { companyFromJson, contactFromJson, meetingFromJson } from '../../db/models/jsonRows.ts';
import type { CompanyRow, ContactRow, DealRow, KnownFields, MeetingRow } from '../../db/models/index.ts';
import { wantedActivity } from '../../domain/pipedrive/activity.ts';
import type { FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import { withDoubts } from '../../domain/pipedrive/fields.ts';
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
  deals: LoadedDeal[];
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
  in_doubt: string[];
}

/** A deal, with the pipeline and stage that a create would name. */
export interface LoadedDeal extends DealRow {
  pd_pipeline_id: number | null;
  pd_stage_id: number | null;
}

/** All that a sync compares, in one statement: a sync loads its company before every call. */
const statement = `
  with company as materialized (select * from company where id = ?),
    contacts as materialized (select contact.* from contact join company on company.id = company_id),
    deals as materialized (select deal.* from deal join company on company.id = company_id),
    meetings as materialized (
      select meeting.* from meeting join company on company.id = company_id
      where activity_wanted or pd_activity_id is not null
    ),
    linked (entity, remote_id) as (
      select 'organization', pd_org_id from company
      union all select 'person', pd_person_id from contacts
      union all select 'deal', pd_deal_id from deals
      union all select 'activity', pd_activity_id from meetings
    )
  select
    (select to_json(company) from company) as company,
    (select json_agg(contacts order by id) from contacts) as contacts,
    (
      select json_agg(loaded order by loaded.id) from (
        select deals.*, pipeline.pd_pipeline_id, stage.pd_stage_id from deals
        left join pipeline on pipeline.id = deals.pipeline_id left join stage on stage.id = deals.stage_id
      ) as loaded
    ) as deals,
    (select json_agg(meetings order by id) from meetings) as meetings,
    (
      select json_agg(held) from (
        select custom_field_id, company_id, contact_id, deal_id, value from custom_field_value
          where company_id = (select id from company)
        union all
        select custom_field_id, v.company_id, contact_id, deal_id, value from custom_field_value as v
          join contacts on contacts.id = contact_id
        union all
        select custom_field_id, v.company_id, v.contact_id, deal_id, value from custom_field_value as v
          join deals on deals.id = deal_id
      ) as held
    ) as values,
    (select json_agg(admin) from (select id, first_name, last_name, pd_owner_id from admin) as admin) as admins,
    (
      select json_agg(record) from (
        select entity, remote_id, known, in_doubt from remote_record join linked using (entity, remote_id)
        where system = 'pipedrive'
      ) as record
    ) as known`;

/** What the statement gives: JSON, in which moments are text. */
interface Loaded {
  company: CompanyRow | null;
  contacts: ContactRow[] | null;
  deals: LoadedDeal[] | null;
  meetings: MeetingRow[] | null;
  values: ValueRow[] | null;
  admins: AdminRow[] | null;
  known: KnownRow[] | null;
}

const knownOf = (rows: readonly KnownRow[]) => {
  const byKey = new Map(
    rows.map(({ entity, remote_id: id, known, in_doubt: doubtful }) => [
      `${entity}:${id}`,
      known === null ? null : withDoubts(known, doubtful),
    ]),
  );
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
  const [loaded] = await prepared<Loaded>(db, 'company_state', statement, [companyId]);
  if (loaded === undefined || loaded.company === null) return null;
  const company = companyFromJson(loaded.company);
  const contacts = (loaded.contacts ?? []).map(contactFromJson);
  const meetings = (loaded.meetings ?? []).map(meetingFromJson);
  const { deals: loadedDeals, values: loadedValues, admins: loadedAdmins } = loaded;
  const deals = loadedDeals ?? [];
  const values = loadedValues ?? [];
  const admins = loadedAdmins ?? [];
  const known = knownOf(loaded.known ?? []);
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
      entry: { pipeline_id: deal.pd_pipeline_id, stage_id: deal.pd_stage_id },
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
