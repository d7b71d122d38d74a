import { EnvironmentError, readEnvironment } from '../../environment/environment.ts';
import { CommandError, type Command, type Invocation } from '../command.ts';
import { examine } from '../doctor/examine.ts';
import type { Finding } from '../doctor/finding.ts';
import { findingsReport } from '../doctor/report.ts';
import { withDatabase } from '../withDatabase.ts';

const findingsOf = async (settings: Invocation['settings']): Promise<Finding[]> => {
  try {
    const environment = readEnvironment({ ...settings });
    return await withDatabase(environment, (db) => examine({ environment, settings, db, now: new Date() }));
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return error.faults.map((message) => ({
      area: 'Settings',
      status: 'fail',
      message,
      advice: 'docs/configuration.md lists the settings.',
    }));
  }
};

export const doctor: Command = {
  name: 'doctor',
  summary: 'Look whether everything is in order, and say what to do where it is not',
  details: `
Looks at the settings, the database, Temporal, the configuration, Pipedrive (key, rights, fields, webhooks), TutorCruncher, Google's
calendars, the clocks and the backlog. Changes nothing. Ends with 1 when something fails; warnings alone end with 0. See docs/doctor.md.`,
  options: { json: { type: 'boolean', summary: 'print the findings as JSON' } },
  run: async ({ settings, options, stdout }) => {
    const findings = await findingsOf(settings);
    stdout.write(
      options['json'] === true ? `${JSON.stringify(findings, null, 2)}\n` : findingsReport(findings),
    );
    const failures = findings.filter(({ status }) => status === 'fail').length;
    if (failures > 0) {
      throw new CommandError(failures === 1 ? 'One thing is wrong.' : `${failures} things are wrong.`);
    }
  },
};
