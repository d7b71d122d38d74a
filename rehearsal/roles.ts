/** What the image of PostgreSQL does with ops/postgres/roles.sql when it makes its data folder. */
import { readFileSync } from 'node:fs';
import pg from 'pg';

const file = new URL('../ops/postgres/roles.sql', import.meta.url);

/** @param superuserUrl postgresql:// address @param secretsFolder stands for /run/secrets */
export const makeRoles = async (superuserUrl: string, secretsFolder: string): Promise<void> => {
  const statements = readFileSync(file, 'utf8').replaceAll('/run/secrets', secretsFolder);
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    // One by one, as psql does: a database is made outside a transaction.
    for (const statement of statements.split('\n\n')) await client.query(statement);
  } finally {
    await client.end();
  }
};
