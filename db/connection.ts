/** The pool of connections to PostgreSQL, through knex for queries and through pg for the inbox's prepared statements. */
import knex, { type Knex } from 'knex';
import pg from 'pg';
import { afterCreate } from './session.ts';

export type Database = Knex;

/** int8 arrives as text because it may exceed 2^53; ids and counts here never do. */
pg.types.setTypeParser(pg.types.builtins.INT8, (digits) => Number(digits));

/** Knex prints to stdout what it also throws; stdout belongs to the results of commands and to the log's JSON lines. */
export const knexLog: Knex.Logger = { warn: () => {}, error: () => {}, deprecate: () => {}, debug: () => {} };

/** @param databaseUrl postgresql:// address @param max connections at most */
export const connectDatabase = (databaseUrl: string, max: number, applicationName = 'hermes'): Database =>
  knex({
    client: 'pg',
    log: knexLog,
    // An error's message names the statement, never its values: messages end up in logs and histories.
    compileSqlOnError: false,
    connection: {
      connectionString: databaseUrl,
      application_name: applicationName,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    },
    pool: { min: 0, max, afterCreate },
    acquireConnectionTimeout: 15_000,
  });
