import { migrate } from '../../db/migrate.ts';
import { readEnvironment } from '../../environment/environment.ts';
import type { Command } from '../command.ts';

export const dbMigrate: Command = {
  name: 'db migrate',
  summary: 'Bring the database of DATABASE_URL to the newest schema',
  details: 'Safe to repeat, and to run from several processes at once.',
  run: async ({ settings, stdout }) => {
    const applied = await migrate(readEnvironment(settings).DATABASE_URL);
    stdout.write(
      applied.length === 0
        ? 'The schema is up to date.\n'
        : applied.map((name) => `Applied ${name}.\n`).join(''),
    );
  },
};
