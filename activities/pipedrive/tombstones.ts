/** Records that are gone in Pipedrive, and links to those that exist. An id that changed meanwhile is kept (SYN-69). */
import type { Knex } from 'knex';
import { wantSync } from '../hermes/changes.ts';

export type LinkedEntity = 'organization' | 'person' | 'deal' | 'activity';

const tables = {
  organization: { table: 'company', column: 'pd_org_id', companyColumn: 'id' },
  person: { table: 'contact', column: 'pd_person_id', companyColumn: 'company_id' },
  deal: { table: 'deal', column: 'pd_deal_id', companyColumn: 'company_id' },
  activity: { table: 'meeting', column: 'pd_activity_id', companyColumn: 'company_id' },
} as const;

const tombstones: Record<LinkedEntity, Record<string, unknown>> = {
  organization: { is_deleted: true, deleted_by: 'pipedrive', pd_org_id: null },
  person: { is_deleted: true, deleted_by: 'pipedrive', pd_person_id: null },
  deal: { status: 'deleted', pd_deal_id: null },
  activity: { activity_wanted: false, pd_activity_id: null },
};

/** The record was deleted in Pipedrive by someone else: nothing creates it again but what the rules name (SYN-07, SYN-13, SYN-17). */
export const markGone = async (
  db: Knex,
  entity: LinkedEntity,
  recordId: number,
  remoteId: number,
): Promise<boolean> => {
  const { table, column } = tables[entity];
  const changed = await db(table)
    .where({ id: recordId, [column]: remoteId })
    .update(tombstones[entity]);
  return changed > 0;
};

/** The record was deleted on our order: only the link goes (NARC-03). */
export const unlink = async (
  db: Knex,
  entity: LinkedEntity,
  recordId: number,
  remoteId: number,
): Promise<void> => {
  const { table, column } = tables[entity];
  await db(table)
    .where({ id: recordId, [column]: remoteId })
    .update({ [column]: null });
};

/**
 * Links a record to its counterpart in Pipedrive.
 *
 * @returns false when it is linked to another one already
 */
export const link = async (
  trx: Knex,
  entity: LinkedEntity,
  recordId: number,
  remoteId: number,
): Promise<boolean> => {
  const { table, column, companyColumn } = tables[entity];
  const rows = (await trx(table)
    .where({ id: recordId })
    .where((query) => void query.whereNull(column).orWhere({ [column]: remoteId }))
    .update({ [column]: remoteId })
    .returning([companyColumn])) as Record<string, number>[];
  const [row] = rows;
  if (row === undefined) return false;
  await trx('create_intent').where({ entity, record_id: recordId }).delete();
  const companyId = row[companyColumn];
  // TC2 is told the organization's id: what was linked is a change of the company.
  if (entity === 'organization' && companyId !== undefined) await wantSync(trx, companyId);
  return true;
};

/** Those of the ids that another record of Hermes is linked to. */
export const linkedElsewhere = async (
  db: Knex,
  entity: LinkedEntity,
  recordId: number,
  remoteIds: readonly number[],
): Promise<ReadonlySet<number>> => {
  if (remoteIds.length === 0) return new Set();
  const { table, column } = tables[entity];
  return new Set(
    (await db(table)
      .whereIn(column, [...remoteIds])
      .whereNot({ id: recordId })
      .pluck(column)) as number[],
  );
};
