import { Model, type RelationMappings } from 'objection';
import { Admin } from './admin.ts';
import { BaseModel } from './base.ts';
import { Contact } from './contact.ts';
import { Deal } from './deal.ts';

export type MeetingType = 'sales' | 'support';
export type MeetingStatus = 'PLANNED' | 'CANCELED' | 'NO_SHOW' | 'COMPLETED';

/** A booked sales or support call: Pipedrive's activity; an event in the admin's Google Calendar. */
export class Meeting extends BaseModel {
  static override tableName = 'meeting';

  declare id: number;
  declare created: Date;
  declare start_time: Date | null;
  declare end_time: Date | null;
  declare status: MeetingStatus;
  declare meeting_type: MeetingType;
  declare admin_id: number | null;
  declare contact_id: number | null;
  declare company_id: number | null;
  declare deal_id: number | null;

  declare slot: string | null;
  declare uuid: string;
  declare calendar_id: string | null;
  declare calendar_revision: number;
  declare calendar_event_id: string | null;
  declare calendar_synced_at: Date | null;
  declare pd_activity_id: number | null;
  declare activity_wanted: boolean;
  declare moves: number | null;

  declare admin?: Admin | null;
  declare contact?: Contact | null;
  declare deal?: Deal | null;

  static override get relationMappings(): RelationMappings {
    return {
      admin: {
        relation: Model.BelongsToOneRelation,
        modelClass: Admin,
        join: { from: 'meeting.admin_id', to: 'admin.id' },
      },
      contact: {
        relation: Model.BelongsToOneRelation,
        modelClass: Contact,
        join: { from: 'meeting.contact_id', to: 'contact.id' },
      },
      deal: {
        relation: Model.BelongsToOneRelation,
        modelClass: Deal,
        join: { from: 'meeting.deal_id', to: 'deal.id' },
      },
    };
  }
}
