/**
 * What the Python service made of the same events: its database says which record in Pipedrive it made for whom. Companies are known by
 * their client in TC2, contacts by their recipient or e-mail; ids of Hermes differ for all that came after the import.
 */
import type { QueryResultRow } from 'pg';
import type { Database } from '../../db/connection.ts';
import type { PythonConnection } from '../python/connection.ts';

export interface Twins {
  /** Id in Pipedrive of what the service made; null when it made nothing; undefined when nobody can say. */
  remoteId: (entity: string, recordId: number) => Promise<number | null | undefined>;
  /** Whether the service has a meeting of the same admin at the same time. */
  hasMeeting: (meetingId: number) => Promise<boolean>;
}

interface CompanyRow {
  name: string;
  tc2_cligency_id: number | null;
  tc2_agency_id: number | null;
}

interface ContactRow {
  company_id: number;
  tc2_sr_id: number | null;
  email: string | null;
  last_name: string | null;
}

const twinCompany = `select id, pd_org_id as remote from company
  where ($1::integer is not null and tc2_cligency_id = $1) or ($2::integer is not null and tc2_agency_id = $2)
    or ($1::integer is null and $2::integer is null and lower(name) = lower($3))
  order by id desc limit 1`;

const twinContact = `select pd_person_id as remote from contact where company_id = $1
    and (tc2_sr_id = $2 or lower(email) = lower($3) or ($3::text is null and lower(last_name) = lower($4)))
  order by (tc2_sr_id = $2) desc nulls last, id desc limit 1`;

const twinDeal = `select pd_deal_id as remote from deal where company_id = $1
  order by (status = $2) desc, id limit 1`;

export const twinsIn = (db: Database, python: PythonConnection): Twins => {
  const one = async <T extends QueryResultRow>(sql: string, values: unknown[]): Promise<T | undefined> =>
    (await python.query<T>(sql, values))[0];

  const companyTwin = async (companyId: number) => {
    const ours = (await db('company').where({ id: companyId }).first('*')) as CompanyRow | undefined;
    if (ours === undefined) return undefined;
    return one<{ id: number; remote: number | null }>(twinCompany, [
      ours.tc2_cligency_id,
      ours.tc2_agency_id,
      ours.name,
    ]);
  };

  const contactTwin = async (contactId: number): Promise<number | null> => {
    const ours = (await db('contact').where({ id: contactId }).first('*')) as ContactRow | undefined;
    const company = ours === undefined ? undefined : await companyTwin(ours.company_id);
    if (ours === undefined || company === undefined) return null;
    const values = [company.id, ours.tc2_sr_id, ours.email, ours.last_name];
    return (await one<{ remote: number | null }>(twinContact, values))?.remote ?? null;
  };

  const dealTwin = async (dealId: number): Promise<number | null> => {
    const ours = (await db('deal').where({ id: dealId }).first('company_id', 'status')) as
      { company_id: number; status: string } | undefined;
    const company = ours === undefined ? undefined : await companyTwin(ours.company_id);
    if (ours === undefined || company === undefined) return null;
    return (await one<{ remote: number | null }>(twinDeal, [company.id, ours.status]))?.remote ?? null;
  };

  return {
    remoteId: async (entity, recordId) => {
      if (entity === 'organization') return (await companyTwin(recordId))?.remote ?? null;
      if (entity === 'person') return contactTwin(recordId);
      return entity === 'deal' ? dealTwin(recordId) : undefined;
    },
    hasMeeting: async (meetingId) => {
      const ours = (await db('meeting').where({ id: meetingId }).first('admin_id', 'start_time')) as
        { admin_id: number; start_time: Date } | undefined;
      if (ours === undefined) return false;
      const found = await one(
        `select 1 from meeting where admin_id = $1 and start_time = $2::timestamptz at time zone 'UTC'`,
        [ours.admin_id, ours.start_time.toISOString()],
      );
      return found !== undefined;
    },
  };
};

/** Nobody to ask: only records that exist already can be compared. */
export const noTwins: Twins = {
  remoteId: () => Promise.resolve(undefined),
  hasMeeting: () => Promise.resolve(false),
};
