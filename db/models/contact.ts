import { BaseModel } from './base.ts';

/** Someone who works for a company: Pipedrive's person; a paid recipient in TC2. */
export class Contact extends BaseModel {
  static override tableName = 'contact';

  declare id: number;
  declare tc2_sr_id: number | null;
  declare pd_person_id: number | null;
  declare created: Date;
  declare first_name: string | null;
  declare last_name: string | null;
  declare email: string | null;
  declare phone: string | null;
  declare country: string | null;
  declare company_id: number;
  declare is_deleted: boolean;

  declare deleted_by: 'tc2' | 'pipedrive' | 'merge' | null;
}
