import { BaseModel } from './base.ts';

export type PipedriveEntity = 'organization' | 'person' | 'deal';

/** A field that an operator added: bound to a column, or keeping values of its own. */
export class CustomField extends BaseModel {
  static override tableName = 'custom_field';

  declare id: number;
  declare machine_name: string;
  declare name: string;
  declare entity: PipedriveEntity;
  declare type: string;
  declare pipedrive_key: string | null;
  declare hermes_column: string | null;
  declare tc2_machine_name: string | null;
}

/** The value of an unbound custom field on one record. */
export class CustomFieldValue extends BaseModel {
  static override tableName = 'custom_field_value';

  declare id: number;
  declare custom_field_id: number;
  declare company_id: number | null;
  declare contact_id: number | null;
  declare deal_id: number | null;
  declare value: unknown;

  static override get jsonAttributes(): string[] {
    return ['value'];
  }
}
