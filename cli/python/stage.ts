/** Brings what was read into temporary tables of Hermes's database, where it is checked and compared before anything is kept. */
import type { Knex } from 'knex';
import type { PythonSource } from './source.ts';
import { pythonTables, type TableName } from './tables.ts';

/** Name of the temporary table for a table. */
export const incoming = (table: TableName): string => `incoming_${table}`;

const load = (table: string, columns: readonly string[]): string => {
  const list = columns.join(', ');
  return `insert into ${table} (${list}) select ${list} from json_populate_recordset(null::${table}, ?::json)`;
};

const valueColumns = ['company_id', 'machine_name', 'value'];

/**
 * Copies all that the source has into temporary tables, which go with the transaction.
 *
 * @param onRows called after each batch with the table and how many of its rows were read so far
 */
export const stageAll = async (
  trx: Knex.Transaction,
  source: PythonSource,
  onRows: (table: TableName, rows: number) => void,
): Promise<void> => {
  for (const table of pythonTables) {
    const name = incoming(table.name);
    await trx.raw(
      `create temporary table ${name} on commit drop as
         select ${table.columns.join(', ')} from ${table.name} with no data`,
    );
    let rows = 0;
    for await (const batch of source.read(table)) {
      await trx.raw(load(name, table.columns), [batch.json]);
      rows += batch.rows;
      onRows(table.name, rows);
    }
    await trx.raw(`create index on ${name} (id)`);
    await trx.raw(`analyze ${name}`);
  }
  await trx.raw(
    `create temporary table incoming_value (company_id integer, machine_name text, value jsonb) on commit drop`,
  );
  if (source.customFields.length === 0) return;
  for await (const batch of source.readCustomValues()) {
    await trx.raw(load('incoming_value', valueColumns), [batch.json]);
  }
};
