/** Loads what TutorCruncher should hold of a company, and what it is known to hold. */
import type { Knex } from 'knex';
import type { CompanyRow, KnownFields } from '../../db/models/index.ts';
import { companyFromJson } from '../../db/models/jsonRows.ts';
import { prepared } from '../../db/prepared.ts';

export interface WriteBackState {
  company: CompanyRow;
  /** Values of custom fields without a column, by field. */
  values: ReadonlyMap<number, unknown>;
  /** Names of the stage and the pipeline of the open deal with the lowest id (TCW-04). */
  deal: { stage: string | null; pipeline: string | null } | null;
  client: { known: KnownFields; isGone: boolean };
  /** Hermes ids of staff by TC2 id. */
  admins: ReadonlyMap<number, number>;
}

const statement = `
  select to_json(company) as company,
    (select json_agg(json_build_array(custom_field_id, value)) from custom_field_value
      where company_id = company.id) as values,
    (select json_agg(json_build_object('stage', stage.name, 'pipeline', pipeline.name) order by deal.id) -> 0
      from deal left join stage on stage.id = stage_id left join pipeline on pipeline.id = deal.pipeline_id
      where company_id = company.id and status = 'open') as deal,
    (select json_build_object('known', coalesce(known, '{}'), 'isGone', deleted_at is not null) from remote_record
      where system = 'tc2' and entity = 'client' and remote_id = tc2_cligency_id) as client,
    (select json_agg(json_build_array(tc2_admin_id, id)) from admin where tc2_admin_id is not null) as admins
  from company where id = ?`;

interface Loaded {
  company: CompanyRow;
  values: [number, unknown][] | null;
  deal: WriteBackState['deal'];
  client: WriteBackState['client'] | null;
  admins: [number, number][] | null;
}

/** One statement: every sync compares what TutorCruncher holds, and most find no difference. @returns null when the company is gone */
export const loadWriteBackState = async (db: Knex, companyId: number): Promise<WriteBackState | null> => {
  const [loaded] = await prepared<Loaded>(db, 'write_back_state', statement, [companyId]);
  if (loaded === undefined) return null;
  const { company, values, deal, client, admins } = loaded;
  return {
    company: companyFromJson(company),
    values: new Map(values),
    deal,
    client: client ?? { known: {}, isGone: false },
    admins: new Map(admins),
  };
};
