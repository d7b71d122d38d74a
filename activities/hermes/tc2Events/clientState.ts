/** Loads what Hermes holds that has to do with a TC2 client, in one statement: most clients are sent again unchanged. */
import type { Knex } from 'knex';
import type { CompanyRow, KnownFields } from '../../../db/models/index.ts';
import { companyFromJson } from '../../../db/models/jsonRows.ts';
import { prepared } from '../../../db/prepared.ts';
import type { Tc2CustomField } from '../../../domain/company/customValues.ts';
import type { ClientState } from '../../../domain/company/planClient.ts';
import type { Tc2Client } from '../../../domain/tc2/client.ts';
import { identifierOf } from '../../../domain/values/identifier.ts';

/** What was applied for the client before. */
export interface KnownClient {
  event_at: Date | null;
  /** Deleted, or not found when it was to be written. */
  isGone: boolean;
  known: KnownFields | null;
  /** Changes with every event of the client that is applied; as PostgreSQL writes it, because a Date is too coarse to compare. */
  version: string;
}

/** The state with the company's whole row, and what is known of TC2's side as of the same moment. */
export type LoadedClientState = ClientState & { company: CompanyRow | null; knownClient: KnownClient | null };

interface Loaded {
  /** All null when there is none. */
  company: CompanyRow | null;
  agency_holder: { id: number; is_deleted: boolean } | null;
  staff: { id: number; tc2_admin_id: number }[];
  known_recipients: number[];
  custom_fields: Tc2CustomField[];
  custom_values: { id: number; value: unknown }[];
  deal_statuses: string[];
  known_client: (Omit<KnownClient, 'event_at'> & { event_at: string | null }) | null;
}

/** A company is found by the client; one that only knows the agency (copied from elsewhere) is taken for it. */
const text = `
  select to_json(c) as company,
    (select jsonb_build_object('id', h.id, 'is_deleted', h.is_deleted) from company h
      where h.tc2_agency_id = :agency and h.id is distinct from c.id) as agency_holder,
    (select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'tc2_admin_id', a.tc2_admin_id)), '[]') from admin a
      where a.tc2_admin_id = any (:staff::integer[])) as staff,
    (select coalesce(jsonb_agg(p.tc2_sr_id), '[]') from contact p
      where p.tc2_sr_id = any (:recipients::integer[])) as known_recipients,
    (select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'machine_name', f.machine_name, 'type', f.type,
        'hermes_column', f.hermes_column, 'tc2_machine_name', f.tc2_machine_name) order by f.id), '[]')
      from custom_field f where f.entity = 'organization') as custom_fields,
    (select coalesce(jsonb_agg(jsonb_build_object('id', v.custom_field_id, 'value', v.value)), '[]')
      from custom_field_value v where v.company_id = c.id) as custom_values,
    (select coalesce(jsonb_agg(distinct d.status), '[]') from deal d where d.company_id = c.id) as deal_statuses,
    (select jsonb_build_object('event_at', r.event_at, 'isGone', r.deleted_at is not null, 'known', r.known,
        'version', r.updated_at::text) from remote_record r
      where r.system = 'tc2' and r.entity = 'client' and r.remote_id = :cligency) as known_client
  from (select) as always
  left join lateral (
    select * from company
    where tc2_cligency_id = :cligency or (tc2_agency_id = :agency and tc2_cligency_id is null)
    order by tc2_cligency_id nulls last limit 1
  ) c on true`;

/** @param client as TC2 says it: its ids, staff and recipients are looked up */
export const loadClientState = async (trx: Knex, client: Tc2Client): Promise<LoadedClientState> => {
  const [loaded] = (await prepared<Loaded>(trx, 'client_state', text, {
    cligency: client.cligencyId,
    agency: client.agencyId,
    staff: [
      client.salesPerson,
      client.supportPerson,
      client.bdrPerson,
      // An attribute may be that of a field that holds an admin.
      ...[...client.extraAttributes.values()].map(identifierOf),
    ],
    recipients: client.recipients.map(({ id }) => id),
  })) as [Loaded];
  const { company, agency_holder, staff, known_recipients, custom_fields, custom_values, deal_statuses } =
    loaded;
  const knownClient = loaded.known_client;
  const admins = new Map(staff.map((admin) => [admin.tc2_admin_id, admin.id]));
  const idOf = (tc2Id: number | null): number | null => admins.get(tc2Id ?? 0) ?? null;
  return {
    company: company === null || (company.id as number | null) === null ? null : companyFromJson(company),
    agencyHolder: agency_holder,
    staff: {
      salesPerson: idOf(client.salesPerson),
      supportPerson: idOf(client.supportPerson),
      bdrPerson: idOf(client.bdrPerson),
    },
    admins,
    knownRecipients: new Set(known_recipients),
    customFields: custom_fields,
    customValues: new Map(custom_values.map(({ id, value }) => [id, value])),
    hasDeal: deal_statuses.length > 0,
    hasOpenDeal: deal_statuses.includes('open'),
    knownClient: knownClient && {
      ...knownClient,
      event_at: knownClient.event_at === null ? null : new Date(knownClient.event_at),
    },
  };
};
