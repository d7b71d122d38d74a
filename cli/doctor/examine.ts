/** Runs the checks. A check that fails in a way nobody foresaw is a finding, too. */
import { databaseSentence } from '../databaseSentence.ts';
import { backlogCheck } from './backlog.ts';
import { clockCheck } from './clocks.ts';
import { configurationCheck } from './configuration.ts';
import { databaseCheck } from './database.ts';
import { fail, type Check, type DoctorContext, type Finding, type Said } from './finding.ts';
import { googleCheck } from './google.ts';
import { pipedriveCheck } from './pipedrive.ts';
import { settingsCheck } from './settings.ts';
import { tc2Check } from './tc2.ts';
import { temporalCheck } from './temporal.ts';

/** In the order in which an operator mends them. */
const checks: readonly Check[] = [
  settingsCheck,
  databaseCheck,
  temporalCheck,
  configurationCheck,
  pipedriveCheck,
  tc2Check,
  googleCheck,
  clockCheck,
  backlogCheck,
];

const look = async (check: Check, context: DoctorContext): Promise<Said[]> => {
  try {
    return await check.look(context);
  } catch (error) {
    const reason = databaseSentence(error) ?? (error instanceof Error ? error.message : String(error));
    return [fail(reason)];
  }
};

const findings = async (check: Check, context: DoctorContext): Promise<Finding[]> =>
  (await look(check, context)).map((said) => ({ area: check.area, ...said }));

/** All findings, in the order of the checks. What needs the database is left out while that cannot be used. */
export const examine = async (context: DoctorContext): Promise<Finding[]> => {
  const database = await findings(databaseCheck, context);
  const usable = database.every(({ status }) => status !== 'fail');
  const said = await Promise.all(
    checks
      .filter(({ needsDatabase }) => usable || !needsDatabase)
      .map(async (check) => (check === databaseCheck ? database : findings(check, context))),
  );
  return said.flat();
};
