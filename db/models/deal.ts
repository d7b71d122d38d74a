import { Model, type RelationMappings } from 'objection';
import { BaseModel } from './base.ts';
import { Contact } from './contact.ts';
import { Pipeline, Stage } from './pipeline.ts';

export type DealStatus = 'open' | 'won' | 'lost' | 'deleted';

/** A possible sale to a company; the same name in Pipedrive. */
export class Deal extends BaseModel {
  static override tableName = 'deal';

  declare id: number;
  declare pd_deal_id: number | null;
  declare name: string | null;
  declare status: DealStatus;
  declare admin_id: number | null;
  declare pipeline_id: number | null;
  declare stage_id: number | null;
  declare company_id: number;
  declare contact_id: number | null;
  declare support_person_id: number | null;
  declare bdr_person_id: number | null;
  declare tc2_cligency_url: string | null;
  declare signup_questionnaire: string | null;
  declare utm_source: string | null;
  declare utm_campaign: string | null;
  declare paid_invoice_count: number | null;
  declare tc2_status: string | null;
  declare website: string | null;
  declare price_plan: string | null;
  declare estimated_income: string | null;

  declare booked: boolean;

  declare pipeline?: Pipeline | null;
  declare stage?: Stage | null;
  declare contact?: Contact | null;

  static override get relationMappings(): RelationMappings {
    return {
      pipeline: {
        relation: Model.BelongsToOneRelation,
        modelClass: Pipeline,
        join: { from: 'deal.pipeline_id', to: 'pipeline.id' },
      },
      stage: {
        relation: Model.BelongsToOneRelation,
        modelClass: Stage,
        join: { from: 'deal.stage_id', to: 'stage.id' },
      },
      contact: {
        relation: Model.BelongsToOneRelation,
        modelClass: Contact,
        join: { from: 'deal.contact_id', to: 'contact.id' },
      },
    };
  }
}
