/** Reads the database of the Python service: one snapshot, read only, in batches. */
import pg from 'pg';
import { CommandError } from '../command.ts';
import { connectToPython, type PythonConnection } from './connection.ts';
import { customColumns, pythonTables, type PythonTable } from './tables.ts';

/** Rows of a batch as JSON text, which PostgreSQL writes and PostgreSQL reads: no value passes through ours. */
export interface Batch {
  json: string;
  rows: number;
}

export interface PythonSource {
  /** Of Alembic, null when the database does not say. */
  revision: string | null;
  /** In which PostgreSQL itself thinks; the service's moments carry none. */
  timeZone: string;
  /** Machine names of the custom fields that this version has as columns. */
  customFields: readonly string[];
  read: (table: PythonTable) => AsyncGenerator<Batch>;
  /** Rows `{company_id, machine_name, value}`. */
  readCustomValues: () => AsyncGenerator<Batch>;
}

const batchRows = 2000;

/** From the catalogue: the information schema keeps from a user what the user may not read, as if it were not there. */
const columnsOf = async (python: PythonConnection): Promise<Map<string, Map<string, string>>> => {
  const rows = await python.query<{ table_name: string; column_name: string; data_type: string }>(
    `select c.relname as table_name, a.attname as column_name, format_type(a.atttypid, null) as data_type
       from pg_attribute as a join pg_class as c on c.oid = a.attrelid
       where c.relnamespace = current_schema()::regnamespace and a.attnum > 0 and not a.attisdropped`,
  );
  const tables = new Map<string, Map<string, string>>();
  for (const row of rows) {
    const columns = tables.get(row.table_name) ?? new Map<string, string>();
    tables.set(row.table_name, columns.set(row.column_name, row.data_type));
  }
  return tables;
};

/** What makes the database another one than that of the Python service. */
const strangeness = (tables: ReadonlyMap<string, ReadonlyMap<string, string>>): string[] =>
  pythonTables.flatMap(({ name, columns, since }) => {
    const held = tables.get(name);
    if (held === undefined) return [`no table ${name}`];
    return columns
      .filter((column) => !held.has(column) && !(column in since))
      .map((column) => `no column ${name}.${column}`);
  });

const expressionOf = (
  table: PythonTable,
  column: string,
  held: ReadonlyMap<string, string>,
  zone: string,
): string => {
  if (!held.has(column)) return `${table.since[column] ?? 'null'} as ${column}`;
  return table.moments.includes(column) && held.get(column) === 'timestamp without time zone'
    ? `${column} at time zone ${pg.escapeLiteral(zone)} as ${column}`
    : column;
};

async function* batches(python: PythonConnection, table: string, select: string): AsyncGenerator<Batch> {
  let after = -2_147_483_648;
  for (;;) {
    const [batch] = await python.query<{ json: string; rows: number; last: number | null }>(
      `with page as (select * from ${table} where id > $1 order by id limit ${batchRows}),
         picked as (${select})
       select coalesce(json_agg(picked), '[]')::text as json,
         (select count(*) from page)::int as rows, (select max(id) from page) as last from picked`,
      [after],
    );
    if (batch === undefined || batch.last === null) return;
    yield { json: batch.json, rows: batch.rows };
    after = batch.last;
  }
}

/**
 * Opens the database for the time of `work`.
 *
 * @param zone the IANA zone in which its moments were written
 * @throws CommandError when it cannot be reached, or is not a database of the Python service
 */
export const withPythonSource = async <T>(
  url: string,
  zone: string,
  work: (source: PythonSource) => Promise<T>,
): Promise<T> => {
  const python = await connectToPython(url, 'hermes-import');
  try {
    const tables = await columnsOf(python);
    if (tables.has('schema_migration')) {
      throw new CommandError('The source is a database of this Hermes, not of the Python service.');
    }
    const strange = strangeness(tables);
    if (strange.length > 0) {
      throw new CommandError(`The source is not a database of the Python service: ${strange.join(', ')}.`);
    }
    const zones = await python.query<{ TimeZone: string }>('show timezone');
    const revisions = tables.has('alembic_version')
      ? await python.query<{ version_num: string }>('select version_num from alembic_version')
      : [];
    const companyColumns = tables.get('company') ?? new Map<string, string>();
    const custom = Object.entries(customColumns).filter(([column]) => companyColumns.has(column));
    return await work({
      revision: revisions.map((row) => row.version_num).join(', ') || null,
      timeZone: zones[0]?.TimeZone ?? 'unknown',
      customFields: custom.map(([, machineName]) => machineName),
      read: (table) => {
        const held = tables.get(table.name) ?? new Map<string, string>();
        const picked = table.columns.map((column) => expressionOf(table, column, held, zone));
        return batches(python, table.name, `select ${picked.join(', ')} from page order by id`);
      },
      readCustomValues: () => {
        const pairs = custom.map(
          ([column, machineName]) => `(${pg.escapeLiteral(machineName)}, to_jsonb(page.${column}))`,
        );
        return batches(
          python,
          'company',
          `select page.id as company_id, pair.machine_name, pair.value from page,
             lateral (values ${pairs.join(', ')}) as pair (machine_name, value)
             where pair.value is not null and pair.value not in ('null', '""')`,
        );
      },
    });
  } finally {
    await python.end();
  }
};
