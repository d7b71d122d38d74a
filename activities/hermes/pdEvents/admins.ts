import type { AdminsByOwner } from '../../../domain/pipedriveWebhook/columnValue.ts';
import type { PdContext } from './context.ts';

/** Hermes admins by Pipedrive user id; of two with the same user the older one counts. */
export const loadAdmins = async ({ trx }: PdContext): Promise<AdminsByOwner> => {
  const rows = await trx('admin')
    .whereNotNull('pd_owner_id')
    .orderBy('id', 'desc')
    .select<{ id: number; pd_owner_id: number }[]>('id', 'pd_owner_id');
  return new Map(rows.map((row) => [row.pd_owner_id, row.id]));
};
