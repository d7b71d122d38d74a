/** The link of a company to its organization, and what comes back to life with it. */
import type { CompanyRow } from '../../../db/models/index.ts';
import type { RecordChange } from '../changes.ts';
import type { PdContext } from './context.ts';
import { linkRecord } from './link.ts';

/** Links a company that is in no organization yet. */
export const linkCompany = (
  context: PdContext,
  { id }: CompanyRow,
  organizationId: number,
): Promise<RecordChange> =>
  linkRecord(context, 'organization', { id, companyId: id, before: null }, organizationId);

/**
 * Brings a company back that was deleted in Pipedrive (PDO-30, PDM-22). Its open deals that never reached Pipedrive, or lost their
 * link, do not come back with it: the sync would make them anew (PDM-25).
 */
export const revive = async ({ trx }: PdContext, company: CompanyRow): Promise<RecordChange[]> => {
  if (!company.is_deleted || company.narc || company.deleted_by === 'tc2') return [];
  const companyId = company.id;
  await trx('company').where({ id: companyId }).update({ is_deleted: false, deleted_by: null });
  const deals = (await trx('deal')
    .where({ company_id: companyId, status: 'open' })
    .whereNull('pd_deal_id')
    .update({ status: 'deleted' })
    .returning('id')) as { id: number }[];
  return [
    {
      entity: 'company',
      recordId: companyId,
      companyId,
      fields: { is_deleted: { before: true, after: false } },
    },
    ...deals.map(({ id }) => ({
      entity: 'deal' as const,
      recordId: id,
      companyId,
      fields: { status: { before: 'open', after: 'deleted' } },
    })),
  ];
};
