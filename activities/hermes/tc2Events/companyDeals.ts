/** What TC2's events do to the deals of a company. */
import type { Knex } from 'knex';
import type { CompanyRow } from '../../../db/models/index.ts';
import { inheritedFields } from '../../../domain/company/terms.ts';
import { fieldChanges, type RecordChange } from '../changes.ts';
import { entryStageOf, insertDeal } from '../newDeal.ts';

/** Open deals of a company that ended are lost (NARC-06 to NARC-08, TCX-01). */
export const closeOpenDeals = async (trx: Knex, companyId: number): Promise<RecordChange[]> => {
  const rows = (await trx('deal')
    .where({ company_id: companyId, status: 'open' })
    .update({ status: 'lost' })
    .returning('id')) as { id: number }[];
  return rows.map(({ id }) => ({
    entity: 'deal',
    recordId: id,
    companyId,
    fields: { status: { before: 'open', after: 'lost' } },
  }));
};

/** Open deals follow the company's fields that just changed, and only those: what sales edited on a deal stays. */
export const passOnToDeals = async (
  trx: Knex,
  companyId: number,
  changes: Record<string, unknown>,
): Promise<RecordChange[]> => {
  const passed = Object.fromEntries(
    inheritedFields.filter((field) => field in changes).map((field) => [field, changes[field]]),
  );
  if (Object.keys(passed).length === 0) return [];
  const deals = (await trx('deal')
    .where({ company_id: companyId, status: 'open' })
    .orderBy('id')
    .select('*')) as ({ id: number } & Record<string, unknown>)[];
  if (deals.length === 0) return [];
  await trx('deal').where({ company_id: companyId, status: 'open' }).update(passed);
  return deals.map((deal) => ({
    entity: 'deal',
    recordId: deal.id,
    companyId,
    fields: fieldChanges(deal, passed),
  }));
};

/** A first deal for a new sale; a note where the configuration has no place for it. */
export const addDeal = async (
  trx: Knex,
  company: CompanyRow,
  tc2BaseUrl: string,
): Promise<{ changes: RecordChange[]; note: string | null }> => {
  const entry = await entryStageOf(trx, company.price_plan);
  if (!entry.ok) return { changes: [], note: `no deal was made: ${entry.message}` };
  const contact = (await trx('contact')
    .where({ company_id: company.id, is_deleted: false })
    .orderBy('id')
    .options({ name: 'first_contact' })
    .first('id')) as { id: number } | undefined;
  const recordId = await insertDeal(trx, company, {
    ...entry,
    contactId: contact?.id ?? null,
    adminId: company.sales_person_id,
    booked: false,
    tc2BaseUrl,
  });
  const fields = { status: { before: null, after: 'open' } };
  return { changes: [{ entity: 'deal', recordId, companyId: company.id, fields }], note: null };
};
