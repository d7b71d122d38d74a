import { Model, type RelationMappings } from 'objection';
import { Admin } from './admin.ts';
import { BaseModel } from './base.ts';
import { Contact } from './contact.ts';
import { Deal } from './deal.ts';
import { Meeting } from './meeting.ts';

/** A business that is or may become a customer: Pipedrive's organization; agency and cligency in TC2. */
export class Company extends BaseModel {
  static override tableName = 'company';

  declare id: number;
  declare name: string;
  declare tc2_agency_id: number | null;
  declare tc2_cligency_id: number | null;
  declare pd_org_id: number | null;
  declare created: Date;
  declare price_plan: string;
  declare country: string | null;
  declare website: string | null;
  declare currency: string | null;
  declare estimated_income: string | null;
  declare utm_campaign: string | null;
  declare utm_source: string | null;
  declare gclid: string | null;
  declare signup_questionnaire: string | null;
  declare has_booked_call: boolean;
  declare has_signed_up: boolean;
  declare narc: boolean;
  declare is_deleted: boolean;
  declare paid_invoice_count: number | null;
  declare tc2_status: string | null;
  declare pay0_dt: Date | null;
  declare pay1_dt: Date | null;
  declare pay3_dt: Date | null;
  declare gclid_expiry_dt: Date | null;
  declare email_confirmed_dt: Date | null;
  declare card_saved_dt: Date | null;
  declare sales_person_id: number | null;
  declare support_person_id: number | null;
  declare bdr_person_id: number | null;

  declare deleted_by: 'tc2' | 'pipedrive' | null;
  declare wanted_version: number;
  declare wanted_at: Date;
  declare pipedrive_synced_version: number;
  declare pipedrive_synced_at: Date | null;
  declare tc2_synced_version: number;
  declare tc2_synced_at: Date | null;
  declare pipedrive_failed_version: number | null;
  declare pipedrive_failure: string | null;
  declare tc2_failed_version: number | null;
  declare tc2_failure: string | null;
  declare search_by_hermes_id: boolean;

  declare contacts?: Contact[];
  declare deals?: Deal[];
  declare meetings?: Meeting[];
  declare sales_person?: Admin | null;
  declare support_person?: Admin | null;
  declare bdr_person?: Admin | null;

  static override get relationMappings(): RelationMappings {
    const admin = (column: string) => ({
      relation: Model.BelongsToOneRelation,
      modelClass: Admin,
      join: { from: `company.${column}`, to: 'admin.id' },
    });
    return {
      contacts: {
        relation: Model.HasManyRelation,
        modelClass: Contact,
        join: { from: 'company.id', to: 'contact.company_id' },
      },
      deals: {
        relation: Model.HasManyRelation,
        modelClass: Deal,
        join: { from: 'company.id', to: 'deal.company_id' },
      },
      meetings: {
        relation: Model.HasManyRelation,
        modelClass: Meeting,
        join: { from: 'company.id', to: 'meeting.company_id' },
      },
      sales_person: admin('sales_person_id'),
      support_person: admin('support_person_id'),
      bdr_person: admin('bdr_person_id'),
    };
  }
}
