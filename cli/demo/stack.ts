/** The stack that `npm start` runs, as the demo works on it. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { connectDatabase, type Database } from '../../db/connection.ts';
import { stillRuns } from '../../dev/leftovers.ts';
import { readStackFile } from '../../dev/stackFile.ts';
import { lazyClient, temporalAddress } from '../../temporal/connection.ts';
import { CommandError } from '../command.ts';

/** What a demonstration needs: where the parts are, and connections to look into them. */
export interface DemoStack {
  addresses: { api: string; pipedrive: string; tc2: string; temporalUi?: string | undefined };
  /** Signs webhooks as TutorCruncher does. */
  tc2Key: string;
  db: Database;
  temporal: Client;
}

const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

const notRunning =
  'Hermes is not running here. Start it with `npm start`, then try again in another terminal.';

/**
 * Runs `work` against the stack that runs in this folder.
 *
 * @param settings name to text; HERMES_STATE_DIR as for `npm start`
 * @throws CommandError when no stack runs, or when it is not up yet
 */
export const withRunningStack = async <T>(
  settings: Readonly<Record<string, string | undefined>>,
  work: (stack: DemoStack) => Promise<T>,
): Promise<T> => {
  const given = settings['HERMES_STATE_DIR'];
  const folder = path.resolve(projectRoot, given === undefined || given === '' ? '.hermes' : given);
  const file = readStackFile(folder);
  if (file === undefined || !stillRuns(file.supervisor)) throw new CommandError(notRunning);
  const { addresses, environment } = file;
  if (addresses === undefined || environment === undefined) {
    throw new CommandError('Hermes is still starting. Try again when `npm start` has printed its addresses.');
  }
  const { DATABASE_URL: databaseUrl, TC2_API_KEY: tc2Key } = environment;
  if (databaseUrl === undefined || tc2Key === undefined) throw new CommandError(notRunning);

  const db = connectDatabase(databaseUrl, 2, 'hermes-demo');
  const temporal = lazyClient(temporalAddress({ ...settings, ...environment }));
  try {
    return await work({ addresses, tc2Key, db, temporal: temporal.client });
  } finally {
    await Promise.all([db.destroy(), temporal.close()]);
  }
};
