/** A company's rows as the plan of a sync takes them: each record with what Pipedrive should hold and is known to hold of it. */
import type { CompanyRow, ContactRow, DealRow, KnownFields, MeetingRow } from '../../db/models/index.ts';
import { wantedActivity } from '../../domain/pipedrive/activity.ts';
import type { FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import { withDoubts } from '../../domain/pipedrive/fields.ts';
import type {
  PlanInput,
  PlannedCompany,
  PlannedContact,
  PlannedDeal,
  PlannedMeeting,
} from '../../domain/pipedrive/plan.ts';
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

export interface AdminRow {
  id: number;
  first_name: string;
  last_name: string;
  pd_owner_id: number | null;
}

export interface ValueRow {
  custom_field_id: number;
  company_id: number | null;
  contact_id: number | null;
  deal_id: number | null;
  value: unknown;
}

export interface KnownRow {
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

/** All that hangs on a company. */
export interface CompanyRows {
  company: CompanyRow;
  contacts: ContactRow[];
  deals: LoadedDeal[];
  meetings: MeetingRow[];
  values: readonly ValueRow[];
  admins: readonly AdminRow[];
  known: readonly KnownRow[];
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

/** What the records of one company share. */
interface Shared {
  rows: CompanyRows;
  context: WantedContext;
  known: ReturnType<typeof knownOf>;
}

const personIdOf = ({ rows }: Shared, contactId: number | null): number | null =>
  rows.contacts.find(({ id, is_deleted: deleted }) => id === contactId && !deleted)?.pd_person_id ?? null;

const plannedCompany = ({ rows, context, known }: Shared): PlannedCompany => {
  const { company, values } = rows;
  return {
    id: company.id,
    pd_org_id: company.pd_org_id,
    is_deleted: company.is_deleted,
    deleted_by: company.deleted_by,
    narc: company.narc,
    paid_invoice_count: company.paid_invoice_count,
    wanted: wantedOrganization(context, { ...company }, valuesBy(values, 'company_id')(company.id)),
    known: known('organization', company.pd_org_id),
  };
};

const plannedContacts = ({ rows, context, known }: Shared): PlannedContact[] => {
  const valuesOf = valuesBy(rows.values, 'contact_id');
  return rows.contacts.map((contact) => ({
    id: contact.id,
    pd_person_id: contact.pd_person_id,
    is_deleted: contact.is_deleted,
    wanted: wantedPerson(context, { ...rows.company }, { ...contact }, valuesOf(contact.id)),
    known: known('person', contact.pd_person_id),
  }));
};

const plannedDeals = (shared: Shared): PlannedDeal[] => {
  const { rows, context, known } = shared;
  const { company } = rows;
  const valuesOf = valuesBy(rows.values, 'deal_id');
  return rows.deals.map((deal) => {
    const person = { pdPersonId: personIdOf(shared, deal.contact_id) };
    return {
      id: deal.id,
      pd_deal_id: deal.pd_deal_id,
      status: deal.status,
      booked: deal.booked,
      wanted: wantedDeal(context, { ...company }, { ...deal }, person, valuesOf(deal.id)),
      entry: { pipeline_id: deal.pd_pipeline_id, stage_id: deal.pd_stage_id },
      wantedCount: wantedPaidInvoiceCount(context, company.paid_invoice_count),
      known: known('deal', deal.pd_deal_id),
    };
  });
};

const plannedMeetings = (shared: Shared): PlannedMeeting[] => {
  const { rows, known } = shared;
  return rows.meetings.map((meeting) => ({
    id: meeting.id,
    meeting_type: meeting.meeting_type,
    status: meeting.status,
    pd_activity_id: meeting.pd_activity_id,
    activity_wanted: meeting.activity_wanted,
    contact_id: meeting.contact_id,
    wanted: wantedActivity({
      meeting,
      admin: rows.admins.find(({ id }) => id === meeting.admin_id) ?? null,
      pdOrgId: rows.company.pd_org_id,
      pdPersonId: personIdOf(shared, meeting.contact_id),
      pdDealId: rows.deals.find(({ id }) => id === meeting.deal_id)?.pd_deal_id ?? null,
    }),
    known: known('activity', meeting.pd_activity_id),
  }));
};

/** Pure: what differs is decided by domain/pipedrive/plan.ts. */
export const planInput = (rows: CompanyRows, map: FieldMap, environment: Environment): PlanInput => {
  const shared: Shared = {
    rows,
    context: {
      map,
      owners: new Map(rows.admins.map((admin) => [admin.id, admin.pd_owner_id])),
      tc2BaseUrl: environment.TC2_BASE_URL,
      currency: defaultCurrency,
    },
    known: knownOf(rows.known),
  };
  return {
    createDeals: environment.SYNC_CREATE_DEALS,
    company: plannedCompany(shared),
    contacts: plannedContacts(shared),
    deals: plannedDeals(shared),
    meetings: plannedMeetings(shared),
  };
};
