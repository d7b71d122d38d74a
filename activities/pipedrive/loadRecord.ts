import { syncedRecord, type SyncedEntity, type SyncedRecord } from '../../domain/pipedrive/syncedRecord.ts';
import type { RecordTarget } from '../../workflows/syncSteps.ts';
import { loadCompanyState, type CompanyState } from './companyState.ts';
import type { PipedriveDependencies } from './deps.ts';

export interface LoadedRecord {
  record: SyncedRecord;
  state: CompanyState;
}

/** Loads the record of a step. Null when it is gone from Hermes. */
export const loadRecord = async (
  { db, environment, fieldMap }: PipedriveDependencies,
  entity: SyncedEntity,
  { companyId, recordId }: RecordTarget,
): Promise<LoadedRecord | null> => {
  const state = await loadCompanyState(db, environment, await fieldMap(), companyId);
  if (state === null) return null;
  const record = syncedRecord(state.input, entity, recordId);
  return record === null ? null : { record, state };
};
