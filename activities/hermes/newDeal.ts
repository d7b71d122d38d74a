/** Makes a deal for a company: in its plan's pipeline, at that pipeline's entry stage, with the company's fields. */
import type { Knex } from 'knex';
import { inheritedFields, isPricePlan, type InheritedField } from '../../domain/company/terms.ts';
import { inheritCustomValues } from './customValues.ts';

export interface DealCompany extends Record<InheritedField, unknown> {
  id: number;
  name: string;
  tc2_cligency_id: number | null;
  sales_person_id: number | null;
}

/** Why no deal can be made: a gap in the configuration, in words for an operator. */
export type EntryStage = { ok: true; pipelineId: number; stageId: number } | { ok: false; message: string };

/** Where a deal of a plan begins (CBS-22 to CBS-25, TCD-09). */
export const entryStageOf = async (trx: Knex, pricePlan: unknown): Promise<EntryStage> => {
  const plan = isPricePlan(pricePlan) ? pricePlan : 'payg';
  const config = await trx('config')
    .leftJoin('pipeline', 'pipeline.id', `config.${plan}_pipeline_id`)
    .orderBy('config.id')
    .first<{ pipelineId: number | null; name: string; stageId: number | null } | undefined>(
      'pipeline.id as pipelineId',
      'pipeline.name',
      'pipeline.dft_entry_stage_id as stageId',
    );
  if (config === undefined) return { ok: false, message: 'Config not found' };
  const { pipelineId, name, stageId } = config;
  if (pipelineId === null) return { ok: false, message: `No pipeline is configured for the plan ${plan}` };
  if (stageId === null) {
    return { ok: false, message: `No default entry stage is configured for the pipeline ${name}` };
  }
  return { ok: true, pipelineId, stageId };
};

/** Link to the client in TutorCruncher, as a deal and an organization carry it. */
export const cligencyUrl = (tc2BaseUrl: string, cligencyId: number | null): string | null =>
  cligencyId === null ? null : `${tc2BaseUrl}/clients/${cligencyId}/`;

/** Inserts an open deal. @returns its id */
export const insertDeal = async (
  trx: Knex,
  company: DealCompany,
  deal: {
    pipelineId: number;
    stageId: number;
    contactId: number | null;
    adminId: number | null;
    booked: boolean;
    tc2BaseUrl: string;
  },
): Promise<number> => {
  const inherited = Object.fromEntries(inheritedFields.map((field) => [field, company[field] ?? null]));
  const [row] = (await trx('deal')
    .insert({
      ...inherited,
      name: company.name,
      status: 'open',
      company_id: company.id,
      contact_id: deal.contactId,
      admin_id: deal.adminId,
      pipeline_id: deal.pipelineId,
      stage_id: deal.stageId,
      tc2_cligency_url: cligencyUrl(deal.tc2BaseUrl, company.tc2_cligency_id),
      booked: deal.booked,
    })
    .options({ name: 'insert_deal' })
    .returning('id')) as [{ id: number }];
  await inheritCustomValues(trx, company.id, [row.id]);
  return row.id;
};
