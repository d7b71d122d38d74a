/** Records that are gone in Pipedrive, and links to those that exist. An id that changed meanwhile is kept (SYN-69). */
import type { Knex } from 'knex';
import type { KnownFields } from '../../db/models/index.ts';
import { pipedriveLinks } from '../../db/pipedriveLinks.ts';
import { prepared } from '../../db/prepared.ts';
import type { SyncedEntity } from '../../domain/pipedrive/syncedRecord.ts';
import type { Logger } from '../../observability/logger.ts';
import type { RecordTarget } from '../../workflows/syncSteps.ts';
import { learn, learnedValues } from './knowledge.ts';

const tombstones: Record<SyncedEntity, Record<string, unknown>> = {
  organization: { is_deleted: true, deleted_by: 'pipedrive', pd_org_id: null },
  person: { is_deleted: true, deleted_by: 'pipedrive', pd_person_id: null },
  deal: { status: 'deleted', pd_deal_id: null },
  activity: { activity_wanted: false, pd_activity_id: null },
};

/** The record was deleted in Pipedrive by someone else: nothing creates it again but what the rules name (SYN-07, SYN-13, SYN-17). */
export const markGone = async (
  db: Knex,
  entity: SyncedEntity,
  recordId: number,
  remoteId: number,
): Promise<boolean> => {
  const { table, column } = pipedriveLinks[entity];
  const changed = await db(table)
    .where({ id: recordId, [column]: remoteId })
    .update(tombstones[entity]);
  return changed > 0;
};

/** The record was deleted on our order: only the link goes (NARC-03). */
export const unlink = async (
  db: Knex,
  entity: SyncedEntity,
  recordId: number,
  remoteId: number,
): Promise<void> => {
  const { table, column } = pipedriveLinks[entity];
  await db(table)
    .where({ id: recordId, [column]: remoteId })
    .update({ [column]: null });
};

/** TC2 is told the organization's id: to be linked is a change of the company, unless its webhook was faster. */
const raising = 'wanted_version = wanted_version + (pd_org_id is null)::integer, wanted_at = now()';

/**
 * Links a record unless it is linked to another one, and ends its intent.
 *
 * @param after the part of the statement that must have been done before
 */
const linkParts = (entity: SyncedEntity, after: string | null = null): string => {
  const { table, column } = pipedriveLinks[entity];
  return `linked as (
      update ${table} set ${column} = :remoteId${entity === 'organization' ? `, ${raising}` : ''}
      ${after === null ? '' : `from ${after}`}
      where id = :recordId and (${column} is null or ${column} = :remoteId)
      returning id
    ), ended as (
      delete from create_intent using linked where entity = :entity and record_id = linked.id
    )
    select id from linked`;
};

/**
 * Links a record to its counterpart in Pipedrive.
 *
 * @returns false when it is linked to another one already
 */
export const link = async (
  db: Knex,
  entity: SyncedEntity,
  recordId: number,
  remoteId: number,
): Promise<boolean> => {
  const linked = await prepared(db, `link_${entity}`, `with ${linkParts(entity)}`, {
    entity,
    recordId,
    remoteId,
  });
  return linked.length > 0;
};

/**
 * Links a record that was just created there and keeps what it now holds, both or neither, in one round trip. Takes the turn of
 * Pipedrive's record first, as its webhook does, which comes at the same time.
 *
 * What belongs to nobody by then is told of, and not deleted: somebody may have made something of it.
 *
 * @param sent what of it came from us, where that is not all
 */
export const keepCreated = async (
  { db, logger }: { db: Knex; logger: Logger },
  entity: SyncedEntity,
  target: RecordTarget,
  remoteId: number,
  fields: KnownFields,
  sent = fields,
): Promise<void> => {
  const linked = await prepared(
    db,
    `keep_created_${entity}`,
    `with learned as (${learn} returning remote_id), ${linkParts(entity, 'learned')}`,
    {
      recordId: target.recordId,
      ...learnedValues({ entity, remoteId, known: fields, written: sent }),
    },
  );
  if (linked.length > 0) return;
  logger.error(
    { ...target, entity, remoteId },
    'made in Pipedrive for a record that was linked elsewhere, or removed, meanwhile: delete or merge it there',
  );
};

/** Those of the ids that another record of Hermes is linked to. */
export const linkedElsewhere = async (
  db: Knex,
  entity: SyncedEntity,
  recordId: number,
  remoteIds: readonly number[],
): Promise<ReadonlySet<number>> => {
  if (remoteIds.length === 0) return new Set();
  const { table, column } = pipedriveLinks[entity];
  return new Set(
    (await db(table)
      .whereIn(column, [...remoteIds])
      .whereNot({ id: recordId })
      .pluck(column)) as number[],
  );
};
