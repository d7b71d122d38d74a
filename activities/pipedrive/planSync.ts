/** Compares what is wanted of a company with what Pipedrive is known to hold: a local activity, no call. */
import { withFieldNames } from '../../domain/pipedrive/fieldNames.ts';
import { organizationSearches } from '../../domain/pipedrive/searches.ts';
import { planSync } from '../../domain/pipedrive/plan.ts';
import { stepKey, type PlanAnswer, type PlanRequest } from '../../workflows/syncSteps.ts';
import { loadCompanyState } from './companyState.ts';
import type { PipedriveDependencies } from './deps.ts';

/**
 * Plans the next calls. When none is left it records that Pipedrive holds the version, or which refusals stand against it.
 */
export const planPipedriveSync =
  ({ db, environment, fieldMap, logger }: PipedriveDependencies) =>
  async ({ companyId, settled, refusals }: PlanRequest): Promise<PlanAnswer> => {
    const map = await fieldMap();
    const state = await loadCompanyState(db, environment, map, companyId);
    if (state === null) {
      logger.warn({ companyId }, 'the company is gone: nothing is synced');
      return { version: 0, steps: [], searches: [], msSinceSync: null, refused: false };
    }
    const { company, contacts } = state;
    const due = planSync(state.input);
    const steps = due
      .filter((step) => !settled.includes(stepKey(step)))
      .map((step) => withFieldNames(map, step));
    const msSinceSync =
      company.pipedrive_synced_at === null ? null : Date.now() - company.pipedrive_synced_at.getTime();
    const version = company.wanted_version;
    if (steps.length > 0) {
      const searches = steps.some(({ call }) => call === 'linkOrganization')
        ? organizationSearches(
            company,
            contacts,
            Object.keys(map.keys.organization),
            environment.PD_FIND_BEFORE_CREATE,
          )
        : [];
      return { version, steps, searches, msSinceSync, refused: false };
    }
    const refused = refusals.length > 0;
    await db('company')
      .where({ id: companyId })
      .update(
        refused
          ? { pipedrive_failed_version: version, pipedrive_failure: refusals.join('\n') }
          : {
              pipedrive_synced_version: version,
              pipedrive_synced_at: db.fn.now(),
              pipedrive_failed_version: null,
              pipedrive_failure: null,
            },
      )
      .options({ name: refused ? 'pipedrive_refused' : 'pipedrive_synced' });
    // SYN-70: what was refused is an error, which waits for somebody; what was expected is not.
    if (refused) logger.error({ companyId, version, refusals }, 'Pipedrive refused a part');
    else logger.info({ companyId, version }, 'Pipedrive is in sync');
    return { version, steps: [], searches: [], msSinceSync, refused };
  };
