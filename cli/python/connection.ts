/** The way to the database of the Python service: one snapshot, read only. */
import pg from 'pg';
import { prepareSession } from '../../db/session.ts';
import { CommandError } from '../command.ts';
import { databaseSentence } from '../databaseSentence.ts';

export interface PythonConnection {
  query: <Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
  end: () => Promise<void>;
}

/** The commands have two databases: what is wrong with this one must not be looked for in the settings of the other. */
const saying = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    const sentence = databaseSentence(error, '--from or PYTHON_DATABASE_URL');
    throw sentence === undefined ? error : new CommandError(sentence, { cause: error });
  }
};

/**
 * Connects, and begins the snapshot that every query sees.
 *
 * @throws CommandError when the database cannot be reached, or does not let its user read; so do the queries
 */
export const connectToPython = async (url: string, applicationName: string): Promise<PythonConnection> => {
  const client = new pg.Client({ connectionString: url, application_name: applicationName });
  client.on('error', () => undefined);
  await saying(client.connect());
  await prepareSession(client);
  await client.query('begin isolation level repeatable read read only');
  return {
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await saying(client.query<Row>(sql, [...values]))).rows,
    end: () => client.end(),
  };
};
