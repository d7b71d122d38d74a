/** Shadow mode: keeps the calls that were not sent (clients/hold.ts). */
import { Context } from '@temporalio/activity';
import type { Knex } from 'knex';
import type { CallMeta } from '../../clients/failure.ts';
import type { HeldCall, InventId } from '../../clients/hold.ts';
import { storableJson } from '../../domain/values/text.ts';
import type { CallSubject } from './call.ts';

/** Ids for records that are not made: negative, from a sequence that all workers share. */
export const inventIds =
  (db: Knex): InventId =>
  async () => {
    const { rows } = await db.raw<{ rows: [{ id: number }] }>(`select nextval('shadow_id')::integer as id`);
    return rows[0].id;
  };

/** Records a call that was held back. */
export const keepHeldCall = async (
  db: Knex,
  subject: Pick<CallSubject, 'system' | 'companyId' | 'entity' | 'recordId'>,
  { method, endpoint, held }: CallMeta & { held: HeldCall },
): Promise<void> => {
  await db('held_call').insert({
    system: subject.system,
    method,
    endpoint,
    params: storableJson(held.params),
    body: storableJson(held.body),
    invented_id: held.inventedId,
    company_id: subject.companyId,
    entity: subject.entity,
    record_id: subject.recordId,
    workflow_id: Context.current().info.workflowExecution?.workflowId ?? null,
  });
};
