import { readdir } from 'node:fs/promises';
import type { Knex } from 'knex';

const folder = new URL('./migrations/', import.meta.url);

/** Names of the migrations that a database lacks, oldest first; changes nothing. */
export const pendingMigrations = async (db: Knex): Promise<string[]> => {
  const files = await readdir(folder);
  const names = files
    .flatMap((file) => /^(\d{4}_\w+)\.ts$/.exec(file)?.[1] ?? [])
    .toSorted((a, b) => a.localeCompare(b));
  const { rows } = await db.raw<{ rows: [{ found: boolean }] }>(
    `select to_regclass('schema_migration') is not null as found`,
  );
  if (!rows[0].found) return names;
  const applied = new Set(await db('schema_migration').pluck<string[]>('name'));
  return names.filter((name) => !applied.has(name));
};
