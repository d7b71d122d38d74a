/** Linking a company to an organization that Pipedrive has already. */
import { knownFromReading } from '../../domain/pipedrive/fields.ts';
import { hermesIdsIn } from '../../domain/pipedriveWebhook/hermesIds.ts';
import type { StepOutcome } from '../../workflows/syncSteps.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import { saveRemoteRecord } from '../hermes/remoteRecord.ts';
import type { PipedriveDependencies } from './deps.ts';
import { loadRecord } from './loadRecord.ts';
import { link } from './tombstones.ts';

export interface AdoptRequest {
  companyId: number;
  organizationId: number;
}

/**
 * Confirms a candidate by reading it, because searches lag and return what was deleted, and links it.
 *
 * @returns done when it is linked, unneeded when the company was linked meanwhile, skipped when the organization is gone or belongs to
 * another company
 */
export const adoptOrganization =
  (dependencies: PipedriveDependencies) =>
  async ({ companyId, organizationId }: AdoptRequest): Promise<StepOutcome> => {
    const { db, pipedrive, limits, fieldMap } = dependencies;
    const loaded = await loadRecord(dependencies, 'organization', { companyId, recordId: companyId });
    if (loaded === null) return 'skipped';
    if (loaded.record.remoteId !== null) return 'unneeded';
    const readAt = new Date();
    const result = await callInTurn(
      db,
      { system: 'pipedrive', limits: limits.calls, companyId, entity: 'organization', recordId: companyId },
      (signal) => pipedrive.organizations.get(organizationId, { signal }),
    );
    if (!result.ok && result.failure.kind === 'gone') return 'skipped';
    const organization = dataOf(result);
    const key = (await fieldMap()).keys.organization.hermes_id;
    const named = key === undefined ? [] : hermesIdsIn(organization.custom_fields?.[key]);
    if (named.length > 0 && !named.includes(companyId)) {
      const owner = await db('company').whereIn('id', named).where({ is_deleted: false }).first('id');
      if (owner !== undefined) return 'skipped';
    }
    return db.transaction(async (trx): Promise<StepOutcome> => {
      const taken = await trx('company').where({ pd_org_id: organizationId }).first('id');
      if (taken !== undefined) return 'skipped';
      await saveRemoteRecord(trx, 'pipedrive', 'organization', organizationId, {
        known: knownFromReading(organization, loaded.record.wanted),
        in_doubt: [],
        read_at: readAt,
      });
      return (await link(trx, 'organization', companyId, organizationId)) ? 'done' : 'unneeded';
    });
  };
