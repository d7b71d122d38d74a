/** Loads a company with all that hangs on it, what Pipedrive should hold of it, and what it is known to hold. */
import type { Knex } from 'knex';
import type { CompanyRow, ContactRow, MeetingRow } from '../../db/models/index.ts';
import { companyFromJson, contactFromJson, meetingFromJson } from '../../db/models/jsonRows.ts';
import { prepared } from '../../db/prepared.ts';
import type { FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import type { PlanInput } from '../../domain/pipedrive/plan.ts';
import type { Environment } from '../../environment/environment.ts';
import {
  planInput,
  type AdminRow,
  type CompanyRows,
  type KnownRow,
  type LoadedDeal,
  type ValueRow,
} from './planInput.ts';

export interface CompanyState {
  company: CompanyRow;
  contacts: ContactRow[];
  deals: LoadedDeal[];
  meetings: MeetingRow[];
  input: PlanInput;
}

/**
 * All that a sync compares, in one statement: a sync loads its company before every call.
 *
 * Each connection keeps its plan, and may have made it while the tables were empty: what is joined would then be read whole, more with
 * every new company, until PostgreSQL has counted the rows. So ids are looked up, by arrays and by `lateral ... limit`, which are never
 * planned as joins.
 *
 * Of a record that Hermes ordered to be deleted nothing is known: should the company belong into Pipedrive again, it is read first.
 */
const statement = `
  with company as materialized (select * from company where id = :companyId),
    contacts as materialized (select * from contact where company_id = :companyId),
    deals as materialized (select * from deal where company_id = :companyId),
    meetings as materialized (
      select * from meeting where company_id = :companyId and (activity_wanted or pd_activity_id is not null)
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
        where company_id = :companyId
          or contact_id = any (array(select id from contacts))
          or deal_id = any (array(select id from deals))
      ) as held
    ) as values,
    (select json_agg(admin) from (select id, first_name, last_name, pd_owner_id from admin) as admin) as admins,
    (
      select json_agg(record) from (
        select entity, remote_id, held.* from linked cross join lateral (
          select case when deletion_ordered_at is null then known end as known, in_doubt from remote_record
          where system = 'pipedrive' and entity = linked.entity and remote_id = linked.remote_id limit 1
        ) as held
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
  const [loaded] = await prepared<Loaded>(db, 'company_state', statement, { companyId });
  if (loaded === undefined || loaded.company === null) return null;
  const rows: CompanyRows = {
    company: companyFromJson(loaded.company),
    contacts: (loaded.contacts ?? []).map(contactFromJson),
    deals: loaded.deals ?? [],
    meetings: (loaded.meetings ?? []).map(meetingFromJson),
    values: loaded.values ?? [],
    admins: loaded.admins ?? [],
    known: loaded.known ?? [],
  };
  const { company, contacts, deals, meetings } = rows;
  return { company, contacts, deals, meetings, input: planInput(rows, map, environment) };
};
