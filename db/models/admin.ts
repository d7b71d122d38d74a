import { BaseModel } from './base.ts';

/** A member of staff: one TC2 id, one Pipedrive user id, one calendar (`username` is its e-mail address). */
export class Admin extends BaseModel {
  static override tableName = 'admin';

  declare id: number;
  declare tc2_admin_id: number | null;
  declare pd_owner_id: number | null;
  declare first_name: string;
  declare last_name: string;
  declare username: string;
  declare timezone: string;
  declare is_sales_person: boolean;
  declare is_support_person: boolean;
  declare is_bdr_person: boolean;
  declare sells_payg: boolean;
  declare sells_startup: boolean;
  declare sells_enterprise: boolean;
  declare sells_us: boolean;
  declare sells_gb: boolean;
  declare sells_au: boolean;
  declare sells_ca: boolean;
  declare sells_eu: boolean;
  declare sells_row: boolean;
}
