import { pendingMigrations } from '../../db/pendingMigrations.ts';
import { noteRestore, standardGap } from '../../db/restore.ts';
import { readEnvironment } from '../../environment/environment.ts';
import { agree } from '../ask.ts';
import { CommandError, UsageError, type Command } from '../command.ts';
import { withDatabase } from '../withDatabase.ts';

const gapOf = (text: unknown): number => {
  if (typeof text !== 'string') return standardGap;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new UsageError('--gap takes a number from 1 to 9999999.');
  return Number(text);
};

export const dbRestored: Command = {
  name: 'db restored',
  summary: 'Make a database that was restored from a backup fit for work',
  details: `
The ids of what was lost are known elsewhere: in Pipedrive's hermes_id, in runs of Temporal, in links. This leaves them out, so that no new
record gets one of them, and remembers them, so that what carries one in Pipedrive is taken over and not made again. Run it once, before
Hermes is started on the restored database; then follow docs/backup.md.`,
  options: {
    gap: { type: 'string', summary: `how many ids to leave out (${standardGap})` },
    yes: { type: 'boolean', short: 'y', summary: 'do not ask' },
  },
  run: async (invocation) => {
    const gap = gapOf(invocation.options['gap']);
    const environment = readEnvironment({ ...invocation.settings });
    await agree(invocation, `Leave out ${gap} ids of every table?`);
    const moved = await withDatabase(environment, async (db) => {
      if ((await pendingMigrations(db)).length > 0) {
        throw new CommandError(
          'The schema is older than this release: run `npm run hermes -- db migrate` first.',
        );
      }
      return noteRestore(db, gap);
    });
    invocation.stdout.write(`${gap} ids are left out in ${moved} tables.\n`);
  },
};
