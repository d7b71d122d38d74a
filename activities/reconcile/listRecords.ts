/** One list call for a reconciliation, in its turn. */
import { databaseTime } from '../../db/clock.ts';
import type { DriftEntity } from '../../domain/reconcile/drift.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import type { PipedriveDependencies } from '../pipedrive/deps.ts';
import type { ReadRecord } from './compare.ts';

/** Which records: some by their ids, or a page of all in the order of their ids. */
export type ListedRecords =
  | { ids: number[]; limit: number }
  | { sort_by: 'id'; sort_direction: 'asc'; limit: number; cursor: string | undefined };

export interface ListedAnswer {
  /** What Pipedrive answered, by id. */
  records: ReadonlyMap<number, ReadRecord>;
  nextCursor: string | null;
  /** The database's time before the call. */
  readAt: Date;
}

export const listRecords = async (
  { db, limits, pipedrive }: PipedriveDependencies,
  entity: DriftEntity,
  which: ListedRecords,
): Promise<ListedAnswer> => {
  const calls = { organization: pipedrive.organizations, person: pipedrive.persons, deal: pipedrive.deals };
  const readAt = await databaseTime(db);
  const result = await callInTurn(
    db,
    { system: 'pipedrive', limits: limits.calls, companyId: null, entity, recordId: null },
    (signal) => calls[entity].list(which, { signal }),
  );
  const { items, nextCursor } = dataOf(result);
  return {
    records: new Map((items as ReadRecord[]).map((record) => [record.id, record])),
    nextCursor,
    readAt,
  };
};
