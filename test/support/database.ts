/** A migrated database of its own for a test file: `useDatabase`, or where its life is not that of a `describe`, `createTestDatabase`. */
import { randomUUID } from 'node:crypto';
import { connectDatabase, type Database } from '../../db/connection.ts';
import { migrate } from '../../db/migrate.ts';
import { query } from './query.ts';
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

const asAdmin = async (statement: string): Promise<void> => {
  await query((await stack()).adminUrl, statement);
};

let templateMade: Promise<void> | undefined;

const makeTemplate = async (): Promise<void> => {
  await asAdmin(`create database ${template}`);
  await migrate((await stack()).databaseUrl(template));
};

const copyOf = async (source: string): Promise<TestDatabase> => {
  const { databaseUrl } = await stack();
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  // Copying the files takes half the time of logging their content, which is the default.
  await asAdmin(`create database ${name} template ${source} strategy file_copy`);
  return {
    url: databaseUrl(name),
    name,
    drop: async () => {
      await asAdmin(`drop database if exists ${name} with (force)`);
    },
  };
};

/** A database without tables. */
export const createEmptyDatabase = (): Promise<TestDatabase> => copyOf('template1');

/**
 * An empty database with all migrations applied: a copy of a template that is migrated once per test process.
 *
 * The caller drops it.
 */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  await (templateMade ??= makeTemplate());
  return copyOf(template);
};

export interface UsedDatabase {
  readonly url: string;
  readonly db: Database;
}

/**
 * A migrated database for the tests of a `describe`, made before them and dropped after them. Call it in the body of the `describe`;
 * what it holds is there from the first `before` below the call.
 */
export const useDatabase = (connections = 2): UsedDatabase => {
  const used = {} as { url: string; db: Database };
  let release = async (): Promise<void> => {};
  before(async () => {
    const made = await createTestDatabase();
    const db = connectDatabase(made.url, connections, 'test');
    Object.assign(used, { url: made.url, db });
    release = async () => {
      await db.destroy();
      await made.drop();
    };
  });
  after(() => release());
  return used;
};
