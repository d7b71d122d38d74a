/** Tells TutorCruncher what Hermes owns of a client: its organization, its deal's stage, and mapped custom fields (TCW). */
import type { Knex } from 'knex';
import { changedAttributes, customAttributes, type HeldValue } from '../../domain/tc2/ownedAttributes.ts';
import type { CompanyRow, KnownFields } from '../../db/models/index.ts';
import { holdsAdmin, type FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import type { CompanySyncInput } from '../../workflows/names.ts';
import type { StepOutcome, WriteBackPlan, WriteBackRequest } from '../../workflows/syncSteps.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import { countAge, type Clock } from '../downstream/late.ts';
import { cleanAttribute } from '../../domain/tc2/client.ts';
import { lockRemoteRecord, saveRemoteRecord } from '../hermes/remoteRecord.ts';
import type { Tc2Dependencies } from './deps.ts';

/** Values of custom fields that have a TC2 machine name (TCW-05). */
const heldValues = async (db: Knex, map: FieldMap, company: CompanyRow): Promise<HeldValue[]> => {
  const fields = map.customFields.filter(
    (field) => field.entity === 'organization' && field.tc2MachineName !== null,
  );
  if (fields.length === 0) return [];
  const values = await db('custom_field_value')
    .where({ company_id: company.id })
    .select<{ custom_field_id: number; value: unknown }[]>('custom_field_id', 'value');
  return fields.map((field) => ({
    name: field.tc2MachineName ?? '',
    type: holdsAdmin(field) ? 'user' : field.column === null ? field.type : 'text',
    value:
      field.column === null
        ? values.find(({ custom_field_id: id }) => id === field.id)?.value
        : company[field.column as keyof CompanyRow],
  }));
};

/** Hermes ids of staff by TC2 id. */
const adminIds = async (db: Knex): Promise<Map<number, number>> => {
  const rows = await db('admin')
    .whereNotNull('tc2_admin_id')
    .select<{ id: number; tc2_admin_id: number }[]>('id', 'tc2_admin_id');
  return new Map(rows.map(({ id, tc2_admin_id: tc2Id }) => [tc2Id, id]));
};

/** Stage and pipeline of the open deal with the lowest id (TCW-04). */
const dealAttributes = async (db: Knex, companyId: number): Promise<Record<string, string>> => {
  const deal = (await db('deal')
    .leftJoin('stage', 'stage.id', 'deal.stage_id')
    .leftJoin('pipeline', 'pipeline.id', 'deal.pipeline_id')
    .where({ company_id: companyId, status: 'open' })
    .orderBy('deal.id')
    .first('stage.name as stage', 'pipeline.name as pipeline')) as
    { stage: string | null; pipeline: string | null } | undefined;
  return {
    ...(deal?.stage ? { pipedrive_deal_stage: deal.stage } : {}),
    ...(deal?.pipeline ? { pipedrive_pipeline: deal.pipeline } : {}),
  };
};

interface WriteBack {
  version: number;
  cligencyId: number;
  changes: Record<string, string>;
}

const writeBackOf = async (
  { db, environment, fieldMap }: Tc2Dependencies,
  companyId: number,
): Promise<WriteBack | { version: number; cligencyId: null }> => {
  const company = (await db('company').where({ id: companyId }).first('*')) as CompanyRow | undefined;
  const nothing = { version: company?.wanted_version ?? 0, cligencyId: null };
  if (company === undefined || !environment.TC2_WRITE_BACK) return nothing;
  const { tc2_cligency_id: cligencyId, pd_org_id: organizationId } = company;
  if (cligencyId === null || organizationId === null || company.is_deleted) return nothing;
  const [held, admins, deal, record] = await Promise.all([
    fieldMap().then((map) => heldValues(db, map, company)),
    fieldMap().then((map) => (map.customFields.some(holdsAdmin) ? adminIds(db) : new Map<number, number>())),
    dealAttributes(db, companyId),
    db('remote_record')
      .where({ system: 'tc2', entity: 'client', remote_id: cligencyId })
      .first('known', 'deleted_at') as Promise<
      { known: KnownFields | null; deleted_at: Date | null } | undefined
    >,
  ]);
  // Nothing can be written to a client that is gone; an event that shows it alive asks again.
  if (record !== undefined && record.deleted_at !== null) return nothing;
  const known = record?.known ?? {};
  const wanted = {
    ...customAttributes(held, known, admins),
    ...deal,
    pipedrive_url: `${environment.PD_BASE_URL}/organization/${organizationId}/`,
    pipedrive_id: String(organizationId),
  };
  return {
    version: company.wanted_version,
    cligencyId,
    changes: changedAttributes(wanted, known),
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
      await db('company').where({ id: companyId }).update({
        tc2_synced_version: plan.version,
        tc2_synced_at: db.fn.now(),
        tc2_failed_version: null,
        tc2_failure: null,
      });
    }
    return { version: plan.version, attributes };
  };

const keepKnown = async (
  db: Knex,
  cligencyId: number,
  change: (known: KnownFields) => KnownFields,
): Promise<void> => {
  await db.transaction(async (trx) => {
    const record = await lockRemoteRecord(trx, 'tc2', 'client', cligencyId);
    await saveRemoteRecord(trx, 'tc2', 'client', cligencyId, { known: change(record.known ?? {}) });
  });
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
    await keepKnown(db, cligencyId, (known) =>
      Object.fromEntries(Object.entries(known).filter(([name]) => !(name in changes))),
    );
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
    await keepKnown(db, cligencyId, (known) => ({ ...known, ...written }));
    return 'done';
  };
