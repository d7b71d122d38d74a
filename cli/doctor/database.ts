import { pendingMigrations } from '../../db/pendingMigrations.ts';
import { looksRestored } from '../../db/restore.ts';
import { fail, ok, warn, type Check, type Said } from './finding.ts';

const oldest = 15;

interface Settings {
  version: number;
  foldsLetters: boolean;
  isolation: string;
  /** Whether a commit is answered once it is on disk. */
  waitsForDisk: boolean;
}

const takeBack = 'Take the setting back, from the server, the database or the role.';

/** Settings of the database or of its role that Hermes relies on and does not set itself. */
const settingsSaid = ({ foldsLetters, isolation, waitsForDisk }: Settings): Said[] => [
  ...(foldsLetters
    ? []
    : [
        warn(
          'The database was made with LC_CTYPE=C: “Ünal” and “ünal” are two names to it.',
          'Companies and contacts whose names differ in that are not found again. Move it to one made with C.UTF-8.',
        ),
      ]),
  ...(isolation === 'read committed'
    ? []
    : [fail(`default_transaction_isolation is ${isolation}: Hermes relies on read committed.`, takeBack)]),
  ...(waitsForDisk
    ? []
    : [
        warn(
          'synchronous_commit is off: webhooks that were answered with 200 are lost when the server crashes.',
          takeBack,
        ),
      ]),
];

/** PostgreSQL answers, is new enough, and has the newest schema. */
export const databaseCheck: Check = {
  area: 'Database',
  needsDatabase: false,
  look: async ({ db }) => {
    const { rows } = await db.raw<{ rows: [Settings] }>(
      `select current_setting('server_version_num')::integer / 10000 as version, lower('Ü') = 'ü' as "foldsLetters",
         current_setting('default_transaction_isolation') as isolation,
         current_setting('synchronous_commit') <> 'off' as "waitsForDisk"`,
    );
    const [settings] = rows;
    const { version } = settings;
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
    said.push(...settingsSaid(settings));
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
