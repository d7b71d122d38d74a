/** What Hermes knows of the records of other systems. */
import type { Knex } from 'knex';
import type { KnownFields, RemoteEntity, RemoteSystem } from '../../db/models/index.ts';
import { prepared } from '../../db/prepared.ts';
import { storableJson } from '../../domain/values/text.ts';

export interface RemoteKnowledge {
  event_at: Date | null;
  deleted_at: Date | null;
  known: KnownFields | null;
  recent_writes: { at: string; fields: KnownFields }[];
  /** Fields of writes that were sent and not answered. */
  in_doubt: string[];
  deletion_ordered_at: Date | null;
  read_at: Date | null;
}

/**
 * Takes the turn for a subject until the transaction ends, and gives what is known of it. Two events for one subject never
 * interleave, also when Hermes has no record of it yet.
 */
export const lockRemoteRecord = async (
  trx: Knex.Transaction,
  system: RemoteSystem,
  entity: RemoteEntity,
  remoteId: number,
): Promise<RemoteKnowledge> => {
  const [record] = (await prepared<RemoteKnowledge>(
    trx,
    'lock_remote_record',
    `insert into remote_record (system, entity, remote_id) values (?, ?, ?)
     on conflict (system, entity, remote_id) do update set updated_at = now()
     returning event_at, deleted_at, known, recent_writes, in_doubt, deletion_ordered_at, read_at`,
    [system, entity, remoteId],
  )) as [RemoteKnowledge];
  return record;
};

/** Columns that an update may set. */
export interface RemoteChange {
  event_at?: Date;
  deleted_at?: Date | null;
  known?: KnownFields | null;
  recent_writes?: { at: string; fields: KnownFields }[];
  in_doubt?: string[];
  deletion_ordered_at?: Date | null;
  read_at?: Date;
}

/** Updates what is known of a record, adding it when it is new. */
export const saveRemoteRecord = async (
  db: Knex,
  system: RemoteSystem,
  entity: RemoteEntity,
  remoteId: number,
  change: RemoteChange,
): Promise<void> => {
  const json = (value: unknown): string | null => (value === null ? null : storableJson(value));
  const columns = {
    ...change,
    ...(change.known === undefined ? {} : { known: json(change.known) }),
    ...(change.recent_writes === undefined ? {} : { recent_writes: json(change.recent_writes) }),
  };
  await db('remote_record')
    .insert({ system, entity, remote_id: remoteId, ...columns })
    .onConflict(['system', 'entity', 'remote_id'])
    .merge({ ...columns, updated_at: db.fn.now() });
};
