/** Reads one page of Pipedrive's records and compares it with what Hermes holds. Changes nothing. */
import { emptyCount, type DriftedRecord, type EntityCount } from '../../domain/reconcile/report.ts';
import type { DriftEntity } from '../../domain/reconcile/drift.ts';
import type { PipedriveDependencies } from '../pipedrive/deps.ts';
import { judgeRecords, linkedByIds, linkedInRange } from './compare.ts';
import { listRecords } from './listRecords.ts';
import { notePage } from './notePage.ts';

const pageSize = 500;

/** Part of the daily budget that is left to others: below it nothing is read. */
const reservedBudget = 0.2;

export interface PageRequest {
  entity: DriftEntity;
  cursor: string | null;
  /** Highest id of the pages before. */
  after: number;
}

export interface PageAnswer {
  /** Null at the end. */
  cursor: string | null;
  after: number;
  count: EntityCount;
  drifted: DriftedRecord[];
  /** The day's budget is nearly spent: nothing was read. */
  budgetLow: boolean;
}

const isBudgetLow = async ({ db }: PipedriveDependencies): Promise<boolean> => {
  const budget = (await db('api_budget')
    .where({ system: 'pipedrive' })
    .whereRaw(`observed_at > now() - interval '1 hour'`)
    .first('daily_limit', 'daily_remaining')) as
    { daily_limit: number | null; daily_remaining: number | null } | undefined;
  const limit = budget?.daily_limit ?? null;
  const left = budget?.daily_remaining ?? null;
  return limit !== null && left !== null && left < limit * reservedBudget;
};

/** One list call: 10 tokens for 500 records. */
export const reconcilePage =
  (dependencies: PipedriveDependencies) =>
  async ({ entity, cursor, after }: PageRequest): Promise<PageAnswer> => {
    const count = emptyCount();
    if (await isBudgetLow(dependencies)) return { cursor: null, after, count, drifted: [], budgetLow: true };
    const { records, nextCursor, readAt } = await listRecords(dependencies, entity, {
      sort_by: 'id',
      sort_direction: 'asc',
      limit: pageSize,
      cursor: cursor ?? undefined,
    });
    const last = nextCursor === null ? null : Math.max(after, ...records.keys());
    const present = await linkedByIds(dependencies, entity, [...records.keys()]);
    const absent = (await linkedInRange(dependencies, entity, after, last)).filter(
      ({ remoteId }) => !records.has(remoteId),
    );
    const judged = await judgeRecords(dependencies, entity, [...present, ...absent], records, readAt);

    count.read = records.size;
    count.unlinked = records.size - present.length;
    const drifted: DriftedRecord[] = [];
    for (const { recordId, companyId, remoteId, drift } of judged) {
      if (drift === 'busy') {
        count.busy += 1;
        continue;
      }
      count.compared += 1;
      if (drift === null) continue;
      count.drifted += 1;
      if (drift.kind === 'missing') count.missing += 1;
      else if (drift.kind === 'unwanted') count.unwanted += 1;
      else for (const name of drift.fields) count.fields[name] = (count.fields[name] ?? 0) + 1;
      drifted.push({ entity, recordId, companyId, remoteId });
    }
    await notePage(dependencies.db, entity, after, count);
    return { cursor: nextCursor, after: last ?? after, count, drifted, budgetLow: false };
  };
