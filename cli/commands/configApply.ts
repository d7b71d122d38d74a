import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import { createPipedriveClient, type PipedriveClient } from '../../clients/pipedrive/client.ts';
import { applyConfiguration } from '../../configuration/apply.ts';
import { defaultsOf } from '../../configuration/defaults.ts';
import { changesReport } from '../../configuration/report.ts';
import { faultText } from '../../domain/configuration/fault.ts';
import { readEnvironment, type Environment } from '../../environment/environment.ts';
import { CommandError, type Command, type Invocation } from '../command.ts';
import { withDatabase } from '../withDatabase.ts';

const readText = async (file: string, stdin: Invocation['stdin']): Promise<string> => {
  if (file === '-') return readAll(stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new CommandError(`${file} cannot be read (${code}).`);
  }
};

const pipedriveOf = ({ PD_API_KEY, PD_BASE_URL }: Environment): PipedriveClient | undefined =>
  PD_API_KEY === undefined
    ? undefined
    : createPipedriveClient({ baseUrl: PD_BASE_URL, apiToken: PD_API_KEY, timeoutMs: 15_000 });

export const configApply: Command = {
  name: 'config apply',
  summary: 'Apply a configuration file to the database',
  details: `
FILE is a YAML document (see docs/configuration.md); - reads it from stdin. It is applied as a whole or, when there is
anything wrong with it, not at all. Rows that it leaves out stay as they are. Applied again it changes nothing.
With PD_API_KEY set the keys of its fields are compared with the account's fields.`,
  positionals: ['FILE'],
  options: { 'dry-run': { type: 'boolean', summary: 'show what would change, and change nothing' } },
  run: async ({ settings, positionals, options, stdin, stdout, stderr }) => {
    const environment = readEnvironment(settings);
    const file = positionals['FILE'] ?? '-';
    const name = file === '-' ? 'stdin' : file;
    const text = await readText(file, stdin);
    const dryRun = options['dry-run'] === true;
    const applied = await withDatabase(environment, (db) =>
      applyConfiguration({
        db,
        text,
        dryRun,
        pipedrive: pipedriveOf(environment),
        defaults: defaultsOf(environment),
      }),
    );
    if (applied.pipedriveFailure !== undefined) {
      stderr.write(
        `Warning: the fields could not be compared with Pipedrive's: ${applied.pipedriveFailure}\n`,
      );
    }
    for (const warning of applied.warnings) stderr.write(`Warning: ${faultText(warning)}\n`);
    const { faults } = applied;
    if (faults.length > 0) {
      const lines = faults.map((fault) => `  ${faultText(fault)}`).join('\n');
      const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
      throw new CommandError(`${name} has ${count}; nothing was applied:\n${lines}`);
    }
    stdout.write(changesReport(applied.changes, dryRun));
    if (applied.definitionsChanged > 0) {
      stdout.write(`Read anew from Pipedrive: ${applied.definitionsChanged} field definitions.\n`);
    }
  },
};
