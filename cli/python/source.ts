/** Reads the database of the Python service: one snapshot, read only, in batches. */
import pg from 'pg';
import { CommandError } from '../command.ts';
import { databaseSentence } from '../databaseSentence.ts';
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

const columnsOf = async (client: pg.Client): Promise<Map<string, Map<string, string>>> => {
  const { rows } = await client.query<{ table_name: string; column_name: string; data_type: string }>(
    `select table_name, column_name, data_type from information_schema.columns where table_schema = current_schema()`,
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

async function* batches(client: pg.Client, table: string, select: string): AsyncGenerator<Batch> {
  let after = -2_147_483_648;
  for (;;) {
    const { rows } = await client.query<{ json: string; rows: number; last: number | null }>(
      `with page as (select * from ${table} where id > $1 order by id limit ${batchRows}),
         picked as (${select})
       select coalesce(json_agg(picked), '[]')::text as json,
         (select count(*) from page)::int as rows, (select max(id) from page) as last from picked`,
      [after],
    );
    const [batch] = rows;
    if (batch === undefined || batch.last === null) return;
    yield { json: batch.json, rows: batch.rows };
    after = batch.last;
  }
}

/** The command has two databases: the way to this one must not be looked for in the address of the other. */
const connect = async (client: pg.Client): Promise<void> => {
  try {
    await client.connect();
  } catch (error) {
    const sentence = databaseSentence(error, '--from');
    throw sentence === undefined ? error : new CommandError(sentence, { cause: error });
  }
};

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
  const client = new pg.Client({ connectionString: url, application_name: 'hermes-import' });
  client.on('error', () => undefined);
  await connect(client);
  try {
    await client.query('begin isolation level repeatable read read only');
    const tables = await columnsOf(client);
    if (tables.has('schema_migration')) {
      throw new CommandError('The source is a database of this Hermes, not of the Python service.');
    }
    const strange = strangeness(tables);
    if (strange.length > 0) {
      throw new CommandError(`The source is not a database of the Python service: ${strange.join(', ')}.`);
    }
    const { rows: zones } = await client.query<{ TimeZone: string }>('show timezone');
    const revisions = tables.has('alembic_version')
      ? (await client.query<{ version_num: string }>('select version_num from alembic_version')).rows
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
        return batches(client, table.name, `select ${picked.join(', ')} from page order by id`);
      },
      readCustomValues: () => {
        const pairs = custom.map(
          ([column, machineName]) => `(${pg.escapeLiteral(machineName)}, to_jsonb(page.${column}))`,
        );
        return batches(
          client,
          'company',
          `select page.id as company_id, pair.machine_name, pair.value from page,
             lateral (values ${pairs.join(', ')}) as pair (machine_name, value)
             where pair.value is not null and pair.value not in ('null', '""')`,
        );
      },
    });
  } finally {
    await client.end();
  }
};
