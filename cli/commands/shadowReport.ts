import { createFieldMapReader } from '../../activities/hermes/fieldMap.ts';
import type { Database } from '../../db/connection.ts';
import { readEnvironment, type Environment } from '../../environment/environment.ts';
import { CommandError, type Command, type Invocation } from '../command.ts';
import { createCaller, pipedriveOf } from '../pipedrive/caller.ts';
import { connectToPython } from '../python/connection.ts';
import { compareHeld } from '../shadow/compare.ts';
import { foldHeldCalls, loadHeldCalls } from '../shadow/heldRecords.ts';
import { agrees, shadowReport } from '../shadow/report.ts';
import { noTwins, twinsIn, type Twins } from '../shadow/twins.ts';
import { withDatabase } from '../withDatabase.ts';

const withTwins = async <T>(
  db: Database,
  from: string | undefined,
  work: (twins: Twins) => Promise<T>,
): Promise<T> => {
  if (from === undefined) return work(noTwins);
  const python = await connectToPython(from, 'hermes-shadow');
  try {
    return await work(twinsIn(db, python));
  } finally {
    await python.end();
  }
};

const report = async (invocation: Invocation, environment: Environment, db: Database): Promise<void> => {
  const { options, settings, stdout } = invocation;
  const rows = await loadHeldCalls(db);
  const map = await createFieldMapReader(db)();
  const from = options['from'] ?? settings['PYTHON_DATABASE_URL'];
  const compared = await withTwins(db, typeof from === 'string' ? from : undefined, (twins) =>
    compareHeld(
      {
        db,
        environment,
        pipedrive: pipedriveOf(environment),
        call: createCaller(db, environment),
        map,
        twins,
      },
      foldHeldCalls(rows),
    ),
  );
  stdout.write(shadowReport(rows, compared, map, options['values'] === true));
  if (!agrees(compared)) throw new CommandError('Hermes would not have done the same.');
};

export const shadowReportCommand: Command = {
  name: 'shadow report',
  summary: 'Compare what a shadow would have written with what was written',
  details: `
For a Hermes with SHADOW=true beside the Python service: lists the calls that it held back, reads from Pipedrive and TC2 the records that
they concern, and names the fields that would hold something else. What both services made for the same event is found by way of the
Python service's database. Reads only. Ends with 1 when something differs. See docs/migrating.md.`,
  options: {
    from: { type: 'string', summary: "the Python service's database; else PYTHON_DATABASE_URL" },
    values: { type: 'boolean', summary: 'print the values that differ; they may be personal data' },
  },
  run: async (invocation) => {
    const environment = readEnvironment({ ...invocation.settings });
    await withDatabase(environment, (db) => report(invocation, environment, db));
  },
};
