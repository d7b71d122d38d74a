import { BaseModel } from './base.ts';

export type RemoteSystem = 'tc2' | 'pipedrive';
export type RemoteEntity = 'client' | 'organization' | 'person' | 'deal' | 'activity' | 'pipeline' | 'stage';

/** Field name (custom fields by their key) to the value as we would write it. */
export type KnownFields = Record<string, unknown>;

/** What a record of another system was last known to hold, and how new that knowledge is. */
export class RemoteRecord extends BaseModel {
  static override tableName = 'remote_record';
  static override idColumn = ['system', 'entity', 'remote_id'];

  declare system: RemoteSystem;
  declare entity: RemoteEntity;
  declare remote_id: number;
  declare event_at: Date | null;
  declare deleted_at: Date | null;
  declare known: KnownFields | null;
  declare recent_writes: { at: string; fields: KnownFields }[];
  declare in_doubt: string[];
  declare deletion_ordered_at: Date | null;
  declare read_at: Date | null;
  declare updated_at: Date;

  static override get jsonAttributes(): string[] {
    return ['known', 'recent_writes'];
  }
}
