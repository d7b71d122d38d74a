import { SingleBar, Presets } from 'cli-progress';
import { createFieldMapReader } from '../../activities/hermes/fieldMap.ts';
import type { Database } from '../../db/connection.ts';
import { readEnvironment, type Environment } from '../../environment/environment.ts';
import { agree, isInteractive } from '../ask.ts';
import { UsageError, type Command, type Invocation } from '../command.ts';
import { estimate, importReport } from '../import/report.ts';
import { runImport, type ImportContext } from '../import/run.ts';
import { createCaller, pipedriveOf } from '../pipedrive/caller.ts';
import { withDatabase } from '../withDatabase.ts';

const patienceMs = 120_000;

const limitOf = (text: unknown): number | null => {
  if (typeof text !== 'string') return null;
  if (!/^[1-9]\d{0,7}$/.test(text)) throw new UsageError('--limit takes a number of records.');
  return Number(text);
};

const importAll = async (
  invocation: Invocation,
  environment: Environment,
  db: Database,
  limit: number | null,
): Promise<void> => {
  const { options, stdout, stderr } = invocation;
  const map = await createFieldMapReader(db)();
  const context: ImportContext = {
    db,
    client: pipedriveOf(environment),
    call: createCaller(db, environment),
    hermesIdKeys: {
      organization: map.keys.organization['hermes_id'],
      person: map.keys.person['hermes_id'],
      deal: map.keys.deal['hermes_id'],
    },
    dryRun: true,
    limit,
    onProgress: () => undefined,
    patienceMs,
  };
  const counted = await runImport(context);
  stdout.write(importReport(counted));
  stdout.write(
    estimate(counted, { calls: environment.PD_API_MAX_RATE, seconds: environment.PD_API_RATE_PERIOD }),
  );
  if (options['dry-run'] === true) return;
  await agree(invocation, 'Import?');

  const bar = isInteractive(invocation)
    ? new SingleBar(
        { format: '{entity} {bar} {value}/{total}, about {eta_formatted} left', stream: process.stderr },
        Presets.shades_classic,
      )
    : null;
  let current = '';
  const imported = await runImport({
    ...context,
    dryRun: false,
    onProgress: (entity, _read, done) => {
      if (bar === null) return;
      const { fates } = counted[entity];
      const total = fates.new + fates.named;
      if (entity !== current) bar.start(total, done, { entity });
      current = entity;
      bar.update(Math.min(done, total), { entity });
    },
  }).finally(() => bar?.stop());
  stderr.write('Imported:\n');
  stdout.write(importReport(imported));
};

export const pipedriveImport: Command = {
  name: 'pipedrive import',
  summary: 'Take over the organizations, persons and open deals of an existing account',
  details: `
Reads the account page by page and counts first. Each record that Hermes does not have becomes an event of the inbox, under the same rules
as a webhook of Pipedrive: linked where it names a record of Hermes, created where it is new, left out with the reason. Look-alikes are
reported, never merged by guess. Needs a running worker. Stopped in the middle it goes on where it was. See docs/connect-pipedrive.md.`,
  options: {
    limit: { type: 'string', summary: 'take over so many of each kind, to begin with' },
    'dry-run': { type: 'boolean', summary: 'only count' },
    yes: { type: 'boolean', short: 'y', summary: 'do not ask' },
  },
  run: async (invocation) => {
    const limit = limitOf(invocation.options['limit']);
    const environment = readEnvironment({ ...invocation.settings });
    await withDatabase(environment, (db) => importAll(invocation, environment, db, limit));
  },
};
