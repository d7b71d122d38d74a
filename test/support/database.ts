/** A migrated database of its own for a test file. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../db/migrate.ts';
import { stack } from './stack.ts';

/** A database that belongs to the caller. */
export interface TestDatabase {
  /** postgresql:// address, as superuser. */
  readonly url: string;
  readonly name: string;
  /** Drops it, ending whatever is still connected. */
  readonly drop: () => Promise<void>;
}

const template = 'hermes_template';

const withAdmin = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: (await stack()).adminUrl });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

let made: Promise<void> | undefined;

const makeTemplate = async (): Promise<void> => {
  await withAdmin((client) => client.query(`create database ${template}`));
  await migrate((await stack()).databaseUrl(template));
};

const copyOf = async (source: string): Promise<TestDatabase> => {
  const { databaseUrl } = await stack();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await withAdmin((client) => client.query(`create database ${name} template ${source}`));
  return {
    url: databaseUrl(name),
    name,
    drop: async () => {
      await withAdmin((client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
};

/** A database without tables. */
export const createEmptyDatabase = (): Promise<TestDatabase> => copyOf('template1');

/**
 * An empty database with all migrations applied: a copy of a template that is migrated once per test process.
 *
 * Call it in `before`, and `drop` in `after`.
 */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  await (made ??= makeTemplate());
  return copyOf(template);
};
