/** Companies of which a downstream refused something for good, by cause: the same refusal of many records is one thing to mend. */
import type { Database } from '../../db/connection.ts';

export interface RefusalCause {
  /** The refusal without the record that it was about. */
  cause: string;
  companies: number;
  since: Date;
  /** Some of them. */
  examples: { id: number; name: string }[];
}

/** A line of a failure is `person of contact 7: what was refused, call log 12`. */
const causes = `
  select c.id, c.name, c.wanted_at, regexp_replace(regexp_replace(line, '^[^:]*: ', ''), ', call log \\d+$', '') as cause
  from company c
  cross join lateral unnest(string_to_array(concat_ws(E'\\n',
    case when c.pipedrive_failed_version = c.wanted_version then c.pipedrive_failure end,
    case when c.tc2_failed_version = c.wanted_version then c.tc2_failure end), E'\\n')) as line
  where c.pipedrive_failed_version = c.wanted_version or c.tc2_failed_version = c.wanted_version`;

/** The most frequent first. */
export const refusalsByCause = async (db: Database): Promise<RefusalCause[]> => {
  const { rows } = await db.raw<{ rows: RefusalCause[] }>(
    `select cause, count(distinct id)::int as companies, min(wanted_at) as since,
       to_json((array_agg(distinct jsonb_build_object('id', id, 'name', name)))[1:5]) as examples
     from (${causes}) refused group by cause order by 2 desc, 1 limit 100`,
  );
  return rows;
};

/** @returns ids, in order */
export const companiesRefused = async (db: Database, cause: string): Promise<number[]> => {
  const { rows } = await db.raw<{ rows: { id: number }[] }>(
    `select distinct id from (${causes}) refused where cause = ? order by id`,
    [cause],
  );
  return rows.map(({ id }) => id);
};

/** Companies of which Pipedrive refused a field of its own. @returns ids, in order */
export const companiesRefusedFields = async (db: Database): Promise<number[]> => {
  const { rows } = await db.raw<{ rows: { id: number }[] }>(
    `select distinct id from (${causes}) refused where cause like '%custom_fields%' order by id`,
  );
  return rows.map(({ id }) => id);
};
