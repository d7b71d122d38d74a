/** Keeps what Pipedrive's records are known to hold: after our writes, and before them, because their echo may be faster than the answer. */
import type { Knex } from 'knex';
import type { KnownFields, RemoteEntity } from '../../db/models/index.ts';
import { lockRemoteRecord, saveRemoteRecord } from '../hermes/remoteRecord.ts';

/** Writes remembered per record, to recognise their echo. */
const rememberedWrites = 12;

/** Remembers a write that is about to be sent. */
export const rememberWrite = async (
  db: Knex,
  entity: RemoteEntity,
  remoteId: number,
  fields: KnownFields,
): Promise<void> => {
  await db.transaction(async (trx) => {
    const record = await lockRemoteRecord(trx, 'pipedrive', entity, remoteId);
    const writes = [...record.recent_writes, { at: new Date().toISOString(), fields }];
    await saveRemoteRecord(trx, 'pipedrive', entity, remoteId, {
      recent_writes: writes.slice(-rememberedWrites),
    });
  });
};

/** The remote record now holds these fields, besides what it was known to hold. */
export const learnFields = async (
  trx: Knex.Transaction,
  entity: RemoteEntity,
  remoteId: number,
  fields: KnownFields,
  options: { created?: boolean } = {},
): Promise<void> => {
  const record = await lockRemoteRecord(trx, 'pipedrive', entity, remoteId);
  const created = options.created === true;
  await saveRemoteRecord(trx, 'pipedrive', entity, remoteId, {
    known: { ...record.known, ...fields },
    ...(created
      ? {
          recent_writes: [...record.recent_writes, { at: new Date().toISOString(), fields }].slice(
            -rememberedWrites,
          ),
        }
      : {}),
  });
};
