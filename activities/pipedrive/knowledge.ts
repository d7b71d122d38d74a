/** Keeps what Pipedrive's records are known to hold: after our writes, and before them, because their echo may be faster than the answer. */
import type { Knex } from 'knex';
import type { KnownFields, RemoteEntity } from '../../db/models/index.ts';
import { prepared } from '../../db/prepared.ts';
import { storableJson } from '../../domain/values/text.ts';

/** Writes remembered per record, to recognise their echo. */
const rememberedWrites = 12;

/**
 * Adds `:known` to what is known, and `:writes` to the writes remembered; the oldest one makes room. A write alone leaves its fields in
 * doubt, until it is known what came of it: its answer may get lost. What answered lives: an order to delete it that was taken back is over.
 *
 * Each of the statements here is one round trip and holds its row only for itself, so that a sync costs little.
 */
export const learn = `
  insert into remote_record (system, entity, remote_id, known, recent_writes)
  values ('pipedrive', :entity, :remoteId, :known, :writes)
  on conflict (system, entity, remote_id) do update set
    known = case when excluded.known is null then remote_record.known
      else coalesce(remote_record.known, '{}') || excluded.known end,
    recent_writes = case
      when jsonb_array_length(remote_record.recent_writes) + jsonb_array_length(excluded.recent_writes) > ${rememberedWrites}
      then remote_record.recent_writes - 0
      else remote_record.recent_writes
    end || excluded.recent_writes,
    in_doubt = case when excluded.known is null
      then array(
        select unnest(remote_record.in_doubt)
        union select jsonb_object_keys(excluded.recent_writes -> 0 -> 'fields')
      )
      else array(select unnest(remote_record.in_doubt) except select jsonb_object_keys(excluded.known))
    end,
    deletion_ordered_at = case when excluded.known is null then remote_record.deletion_ordered_at end,
    updated_at = now()`;

interface Knowledge {
  entity: RemoteEntity;
  remoteId: number;
  known: KnownFields | null;
  written: KnownFields | null;
}

/** The values that `learn` takes. */
export const learnedValues = ({ entity, remoteId, known, written }: Knowledge) => ({
  entity,
  remoteId,
  known: known === null ? null : storableJson(known),
  writes: storableJson(written === null ? [] : [{ at: new Date().toISOString(), fields: written }]),
});

/** Remembers a write that is about to be sent. */
export const rememberWrite = async (
  db: Knex,
  entity: RemoteEntity,
  remoteId: number,
  fields: KnownFields,
): Promise<void> => {
  await prepared(db, 'learn', learn, learnedValues({ entity, remoteId, known: null, written: fields }));
};

/** The remote record now holds these fields, besides what it was known to hold. */
export const learnFields = async (
  db: Knex,
  entity: RemoteEntity,
  remoteId: number,
  fields: KnownFields,
): Promise<void> => {
  await prepared(db, 'learn', learn, learnedValues({ entity, remoteId, known: fields, written: null }));
};
