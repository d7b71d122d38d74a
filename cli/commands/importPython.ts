import { readEnvironment } from '../../environment/environment.ts';
import { isInteractive } from '../ask.ts';
import { CommandError, UsageError, type Command } from '../command.ts';
import { pythonImportReport } from '../python/report.ts';
import { importPython } from '../python/run.ts';
import { withDatabase } from '../withDatabase.ts';

const isTimeZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

export const importPythonDatabase: Command = {
  name: 'import python',
  summary: 'Take over the database of the Python service',
  details: `
Copies its admins, pipelines, stages, configuration, companies, contacts, deals and meetings with their ids, in one transaction: all of
it or nothing. The source is only read, from one snapshot. It can be run again until Hermes has changed a record itself: what changed
there since is brought up to date, and what is gone there goes here. No call is made and no company is synced for it. Ends with 1 when
rows have faults. See docs/migrating.md.`,
  options: {
    from: { type: 'string', summary: 'postgresql:// address of the source; else PYTHON_DATABASE_URL' },
    'time-zone': { type: 'string', summary: 'zone in which the service wrote its moments (UTC)' },
    'leave-out': { type: 'boolean', summary: 'go on without the rows that have faults' },
    'dry-run': { type: 'boolean', summary: 'only check and count' },
  },
  run: async (invocation) => {
    const { options, settings, stdout, stderr } = invocation;
    const environment = readEnvironment({ ...settings });
    const from = options['from'] ?? settings['PYTHON_DATABASE_URL'];
    if (typeof from !== 'string' || !/^postgres(ql)?:\/\//.test(from)) {
      throw new UsageError('--from must be a postgresql:// address (or set PYTHON_DATABASE_URL).');
    }
    const timeZone = typeof options['time-zone'] === 'string' ? options['time-zone'] : 'UTC';
    if (!isTimeZone(timeZone)) throw new UsageError('--time-zone must be an IANA time zone.');
    const result = await withDatabase(environment, (db) =>
      importPython({
        db,
        from,
        timeZone,
        dryRun: options['dry-run'] === true,
        leaveOut: options['leave-out'] === true,
        onRows: (table, rows) => {
          if (isInteractive(invocation)) stderr.write(`\r${table}: ${rows} rows read\u001b[K`);
        },
      }),
    );
    if (isInteractive(invocation)) stderr.write('\r\u001b[K');
    stdout.write(pythonImportReport(result, timeZone));
    if (result.reason !== null) throw new CommandError(result.reason);
  },
};
