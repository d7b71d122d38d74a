/** Tells TutorCruncher what Hermes owns of a client: its organization, its deal's stage, and mapped custom fields (TCW). */
import { changedAttributes, customAttributes, type HeldValue } from '../../domain/tc2/ownedAttributes.ts';
import type { CompanyRow } from '../../db/models/index.ts';
import { holdsAdmin, type FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import type { CompanySyncInput } from '../../workflows/names.ts';
import type { StepOutcome, WriteBackPlan, WriteBackRequest } from '../../workflows/syncSteps.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import { countAge, type Clock } from '../downstream/late.ts';
import { cleanAttribute } from '../../domain/tc2/client.ts';
import { saveRemoteRecord } from '../hermes/remoteRecord.ts';
import type { Tc2Dependencies } from './deps.ts';
import { forgetAttributes, learnAttributes } from './knowledge.ts';
import { loadWriteBackState, type WriteBackState } from './writeBackState.ts';

/** Values of custom fields that have a TC2 machine name (TCW-05). */
const heldValues = (map: FieldMap, { company, values }: WriteBackState): HeldValue[] =>
  map.customFields
    .filter((field) => field.entity === 'organization' && field.tc2MachineName !== null)
    .map((field) => ({
      name: field.tc2MachineName ?? '',
      type: holdsAdmin(field) ? 'user' : field.column === null ? field.type : 'text',
      value: field.column === null ? values.get(field.id) : company[field.column as keyof CompanyRow],
    }));

interface WriteBack {
  version: number;
  cligencyId: number;
  changes: Record<string, string>;
}

const writeBackOf = async (
  { db, environment, fieldMap }: Tc2Dependencies,
  companyId: number,
): Promise<WriteBack | { version: number; cligencyId: null }> => {
  const state = await loadWriteBackState(db, companyId);
  const nothing = { version: state?.company.wanted_version ?? 0, cligencyId: null };
  if (state === null || !environment.TC2_WRITE_BACK) return nothing;
  const { company, deal, client, admins } = state;
  const { tc2_cligency_id: cligencyId, pd_org_id: organizationId } = company;
  if (cligencyId === null || organizationId === null || company.is_deleted) return nothing;
  // Nothing can be written to a client that is gone; an event that shows it alive asks again.
  if (client.isGone) return nothing;
  const wanted = {
    ...customAttributes(heldValues(await fieldMap(), state), client.known, admins),
    ...(deal?.stage ? { pipedrive_deal_stage: deal.stage } : {}),
    ...(deal?.pipeline ? { pipedrive_pipeline: deal.pipeline } : {}),
    pipedrive_url: `${environment.PD_BASE_URL}/organization/${organizationId}/`,
    pipedrive_id: String(organizationId),
  };
  return {
    version: company.wanted_version,
    cligencyId,
    changes: changedAttributes(wanted, client.known),
  };
};

/** Compares; when nothing differs it records that TC2 holds the version. A local activity, no call. */
export const planWriteBack =
  (dependencies: Tc2Dependencies) =>
  async ({ companyId, refusal, refusedVersion }: WriteBackRequest): Promise<WriteBackPlan> => {
    const { db } = dependencies;
    const plan = await writeBackOf(dependencies, companyId);
    const attributes = plan.cligencyId === null ? [] : Object.keys(plan.changes);
    if (refusal !== null) {
      const version = refusedVersion ?? plan.version;
      await db('company')
        .where({ id: companyId })
        .update({ tc2_failed_version: version, tc2_failure: refusal });
      return { version, attributes: [] };
    }
    if (attributes.length === 0) {
      await db('company')
        .where({ id: companyId })
        .update({
          tc2_synced_version: plan.version,
          tc2_synced_at: db.fn.now(),
          tc2_failed_version: null,
          tc2_failure: null,
        })
        .options({ name: 'tc2_synced' });
    }
    return { version: plan.version, attributes };
  };

/** POST clients/{id}/ with the attributes that differ, and nothing else (TCW-02). */
export const writeBackClient =
  (dependencies: Tc2Dependencies, now?: Clock) =>
  async ({ companyId }: CompanySyncInput): Promise<StepOutcome> => {
    const { db, tc2, limits } = dependencies;
    const checkAge = countAge(now);
    const plan = await writeBackOf(dependencies, companyId);
    if (plan.cligencyId === null || Object.keys(plan.changes).length === 0) return 'unneeded';
    const { cligencyId, changes } = plan;
    const body = { extra_attrs: changes };
    // The answer may get lost: until it is here nobody knows what the client holds of these.
    await forgetAttributes(db, cligencyId, Object.keys(changes));
    const result = await callInTurn(
      db,
      { system: 'tc2', limits: limits.calls, companyId, entity: 'client', recordId: companyId, body },
      (signal) => {
        checkAge();
        return tc2.updateClient(cligencyId, body, { signal });
      },
    );
    if (!result.ok && result.failure.kind === 'gone') {
      await saveRemoteRecord(db, 'tc2', 'client', cligencyId, { deleted_at: new Date() });
      return 'done';
    }
    dataOf(result);
    const written = Object.fromEntries(
      Object.entries(changes).map(([name, value]) => [name, cleanAttribute(name, value)]),
    );
    await learnAttributes(db, cligencyId, written);
    return 'done';
  };
