/**
 * What the entries of a configuration file say together, and together with what is there already.
 *
 * What the database holds is never a fault: rows may have been copied there by hand, and an export must be accepted where it
 * came from. So a value is judged only where the file makes it another.
 */
import type { Fault } from '../fault.ts';
import type { ConfigurationPlan } from '../plan.ts';
import type { ReadConfiguration } from '../read.ts';
import type { ConfigurationState } from '../state.ts';
import { judgeAdmins } from './admins.ts';
import type { Case, PipedriveFields } from './case.ts';
import { judgeCustomFields } from './customFields.ts';
import { judgeMeetings } from './meetings.ts';
import { judgePipedriveKeys } from './pipedriveKeys.ts';
import { judgeEntryStages, judgePipelines } from './pipelines.ts';

export interface Judgement {
  faults: Fault[];
  warnings: Fault[];
}

/**
 * All that is wrong beyond what `readConfiguration` found.
 *
 * @param pipedrive the account's fields; undefined when Pipedrive was not or could not be asked
 */
export const judgeConfiguration = (
  { document, faultAt }: ReadConfiguration,
  before: ConfigurationState,
  plan: ConfigurationPlan,
  pipedrive: PipedriveFields | undefined,
): Judgement => {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const given: Case = {
    document,
    before,
    plan,
    pipedrive,
    report: (...place) => void faults.push(faultAt(...place)),
    warn: (...place) => void warnings.push(faultAt(...place)),
    warnOfRow: (path, message, value) =>
      void warnings.push({ line: undefined, path, message, value: JSON.stringify(value) }),
  };
  judgeMeetings(given);
  judgeAdmins(given);
  judgePipelines(given);
  judgeEntryStages(given);
  judgeCustomFields(given);
  judgePipedriveKeys(given);
  return { faults, warnings };
};
