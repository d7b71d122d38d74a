import { pendingMigrations } from '../../db/pendingMigrations.ts';
import { looksRestored } from '../../db/restore.ts';
import { fail, ok, type Check, type Said } from './finding.ts';

const oldest = 15;

/** PostgreSQL answers, is new enough, and has the newest schema. */
export const databaseCheck: Check = {
  area: 'Database',
  needsDatabase: false,
  look: async ({ db }) => {
    const { rows } = await db.raw<{ rows: [{ version: number }] }>(
      `select current_setting('server_version_num')::integer / 10000 as version`,
    );
    const [{ version }] = rows;
    const pending = await pendingMigrations(db);
    const said: Said[] =
      version >= oldest
        ? [ok(`PostgreSQL ${version} answers.`)]
        : [
            fail(
              `PostgreSQL ${version} is too old.`,
              `Hermes needs ${oldest} or later: move the database to a newer server.`,
            ),
          ];
    said.push(
      pending.length === 0
        ? ok('The schema is up to date.')
        : fail(`The schema lacks ${pending.join(', ')}.`, 'Run `npm run hermes -- db migrate`.'),
    );
    if (pending.length === 0 && (await looksRestored(db))) {
      said.push(
        fail(
          'The database was restored from a backup, or a standby took over: ids that were lost would be given out again.',
          'Run `npm run hermes -- db restored`, and follow docs/backup.md.',
        ),
      );
    }
    return said;
  },
};
