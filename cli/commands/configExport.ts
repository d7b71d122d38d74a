import { loadConfiguration } from '../../configuration/load.ts';
import { renderConfiguration } from '../../domain/configuration/render.ts';
import { readEnvironment } from '../../environment/environment.ts';
import type { Command } from '../command.ts';
import { withDatabase } from '../withDatabase.ts';

export const configExport: Command = {
  name: 'config export',
  summary: 'Print the configuration of the database as a file for config apply',
  details: `
Only YAML is printed to stdout, in an order that does not change from one export to the next. npm prints lines of its own before a
command, so into a file: \`npm run --silent hermes -- config export > FILE\`.`,
  run: async ({ settings, stdout }) => {
    const state = await withDatabase(readEnvironment(settings), (db) => db.transaction(loadConfiguration));
    stdout.write(renderConfiguration(state));
  },
};
