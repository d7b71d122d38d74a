/**
 * Statements that a connection parses and plans once: for those that every call makes. What the query builder makes is prepared by
 * `.options({ name })`, where its text is always the same.
 */
import type { Knex } from 'knex';

/**
 * Runs a statement under a name of its own.
 *
 * @param name one per text: PostgreSQL refuses the same name for another one
 * @param sql with `?` or `:name` for the bindings. Columns of its result are named, or JSON: a migration that adds a column to a table
 * must not change what a `select *` gives, or PostgreSQL refuses the statement on every connection that knows it
 */
export const prepared = async <Row>(
  db: Knex,
  name: string,
  sql: string,
  bindings: readonly unknown[] | Readonly<Record<string, unknown>>,
): Promise<Row[]> => {
  const { rows } = (await db.raw(sql, bindings as Knex.ValueDict).options({ name })) as { rows: Row[] };
  return rows;
};
