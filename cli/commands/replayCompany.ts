import { readEnvironment } from '../../environment/environment.ts';
import { resyncCompany } from '../../inbox/resync.ts';
import { lazyClient, temporalAddress } from '../../temporal/connection.ts';
import { CommandError, UsageError, type Command } from '../command.ts';
import { operatorName } from '../operator.ts';
import { withDatabase } from '../withDatabase.ts';

export const replayCompany: Command = {
  name: 'replay company',
  summary: 'Compare a company with Pipedrive and TutorCruncher afresh, refusals included',
  details: `
ID is the company's id in Hermes. What Pipedrive or TutorCruncher refused for good is tried again. The rest of the company is compared
as with any change.`,
  positionals: ['ID'],
  run: async ({ settings, positionals, stdout }) => {
    const id = positionals['ID'] ?? '';
    if (!/^[1-9]\d{0,9}$/.test(id)) throw new UsageError("ID must be a company's id in Hermes.");
    const temporal = lazyClient(temporalAddress({ ...settings }));
    try {
      const known = await withDatabase(readEnvironment(settings), (db) =>
        resyncCompany(db, temporal.client, Number(id), operatorName()),
      );
      if (!known) throw new CommandError(`There is no company ${id}.`);
      stdout.write(`The sync of company ${id} is asked for.\n`);
    } finally {
      await temporal.close();
    }
  },
};
