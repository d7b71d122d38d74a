/** Compares what was staged with Hermes's tables, and makes them the same. */
import type { Knex } from 'knex';
import type { Finding } from './check.ts';
import { incoming } from './stage.ts';
import { pythonTables, type PythonTable, type TableName } from './tables.ts';

export interface TableCount {
  read: number;
  added: number;
  changed: number;
  same: number;
  /** Here, but no more in the source. */
  removed: number;
}

export type Counts = Record<TableName, TableCount>;

const row = (alias: string, columns: readonly string[]): string =>
  `(${columns.map((column) => `${alias}.${column}`).join(', ')})`;

const differs = (columns: readonly string[]): string =>
  `${row('t', columns)} is distinct from ${row('i', columns)}`;

const gone = ({ name }: PythonTable): string =>
  `not exists (select 1 from ${incoming(name)} as i where i.id = t.id)`;

const countTable = async (trx: Knex.Transaction, table: PythonTable): Promise<TableCount> => {
  const { rows } = await trx.raw<{ rows: [TableCount] }>(
    `select count(*)::int as read,
       count(*) filter (where t.id is null)::int as added,
       count(*) filter (where t.id is not null and ${differs(table.columns)})::int as changed,
       count(*) filter (where t.id is not null and not (${differs(table.columns)}))::int as same,
       ${table.mirrors ? `(select count(*) from ${table.name} as t where ${gone(table)})::int` : '0'} as removed
     from ${incoming(table.name)} as i left join ${table.name} as t on t.id = i.id`,
  );
  return rows[0];
};

/** What the copy would do; changes nothing. */
export const countAll = async (trx: Knex.Transaction): Promise<Counts> => {
  const counts: Partial<Counts> = {};
  for (const table of pythonTables) counts[table.name] = await countTable(trx, table);
  return counts as Counts;
};

/** Rows of Hermes's own configuration that stand in the way: another id holds what must be unique. */
export const findConflicts = async (trx: Knex.Transaction): Promise<Finding[]> => {
  const found: Finding[] = [];
  for (const table of pythonTables.filter(({ mirrors }) => !mirrors)) {
    for (const column of table.unique) {
      const { rows } = await trx.raw<{ rows: [{ rows: number; ids: number[] | null }] }>(
        `select count(*)::int as rows, (array_agg(i.id order by i.id))[1:10] as ids
           from ${incoming(table.name)} as i join ${table.name} as t on t.${column} = i.${column} and t.id <> i.id
           where ${gone(table)}`,
      );
      const [{ rows: count, ids }] = rows;
      if (count === 0) continue;
      const text = `${column} is held by a row of another id in Hermes`;
      found.push({ table: table.name, text, rows: count, ids: ids ?? [] });
    }
  }
  return found;
};

/** Unique values move between rows: they are let go of first, so that no order of the rows is wrong. */
const letGo = async (trx: Knex.Transaction, table: PythonTable): Promise<void> => {
  const nullable = table.unique.filter(
    (column) => !column.startsWith('pd_pipeline') && column !== 'pd_stage_id',
  );
  if (nullable.length === 0) return;
  const emptied = nullable.map((column) => `${column} = null`).join(', ');
  await trx.raw(
    `update ${table.name} as t set ${emptied} from ${incoming(table.name)} as i
       where t.id = i.id and ${differs(nullable)}`,
  );
  if (table.mirrors) await trx.raw(`update ${table.name} as t set ${emptied} where ${gone(table)}`);
};

const upsert = async (trx: Knex.Transaction, { name, columns }: PythonTable): Promise<void> => {
  const others = columns.filter((column) => column !== 'id');
  const excluded = others.map((column) => `excluded.${column}`).join(', ');
  await trx.raw(
    `insert into ${name} as t (${columns.join(', ')})
       select ${columns.join(', ')} from ${incoming(name)} order by id
       on conflict (id) do update set (${others.join(', ')}) = row(${excluded})
       where ${row('t', others)} is distinct from (${excluded})`,
  );
};

/** The trigger that keeps the sequence in step with every row is spared: once at the end is enough, and takes no minutes. */
const withoutTrigger = async (
  trx: Knex.Transaction,
  { name }: PythonTable,
  work: () => Promise<void>,
): Promise<void> => {
  await trx.raw(`alter table ${name} disable trigger keep_sequence`);
  await work();
  await trx.raw(`alter table ${name} enable trigger keep_sequence`);
  await trx.raw(
    `select setval(sequence, highest) from (
       select pg_get_serial_sequence('${name}', 'id') as sequence, (select max(id) from ${name}) as highest
     ) as s join pg_sequences as q on format('%I.%I', q.schemaname, q.sequencename) = s.sequence
     where highest > coalesce(q.last_value, 0)`,
  );
};

/** Until PostgreSQL has counted the rows, for which it takes its time, it plans for empty tables and reads them whole. */
export const countForPlans = async (trx: Knex.Transaction): Promise<void> => {
  for (const { name } of pythonTables) await trx.raw(`analyze ${name}`);
  await trx.raw('analyze custom_field_value');
};

/** Makes Hermes's tables hold what was staged; columns of Hermes's own keep their values. */
export const copyAll = async (trx: Knex.Transaction): Promise<void> => {
  for (const table of pythonTables) {
    await letGo(trx, table);
    await withoutTrigger(trx, table, () => upsert(trx, table));
  }
  for (const table of pythonTables.toReversed()) {
    if (table.mirrors) await trx.raw(`delete from ${table.name} as t where ${gone(table)}`);
  }
};

export interface CustomValueCount {
  machineName: string;
  values: number;
  /** Whether Hermes has a custom field of the organization to hold them. */
  hasField: boolean;
}

/** Values of the company's columns that are custom fields here, and which of them have a field. */
export const countCustomValues = async (trx: Knex.Transaction): Promise<CustomValueCount[]> => {
  const { rows } = await trx.raw<{ rows: CustomValueCount[] }>(
    `select v.machine_name as "machineName", count(*)::int as values, f.id is not null as "hasField"
       from incoming_value as v
       left join custom_field as f
         on f.entity = 'organization' and f.machine_name = v.machine_name and f.hermes_column is null
       group by v.machine_name, f.id order by v.machine_name`,
  );
  return rows;
};

/** @returns how many values were written anew */
export const copyCustomValues = async (trx: Knex.Transaction): Promise<number> => {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    `insert into custom_field_value as t (custom_field_id, company_id, value)
       select f.id, v.company_id, v.value from incoming_value as v
         join company as c on c.id = v.company_id
         join custom_field as f
           on f.entity = 'organization' and f.machine_name = v.machine_name and f.hermes_column is null
       on conflict (custom_field_id, company_id) do update set value = excluded.value
       where t.value is distinct from excluded.value`,
  );
  return rowCount;
};
