/** Reads one page of Pipedrive's records and compares it with what Hermes holds. Changes nothing. */
import { emptyCount, type DriftedRecord, type EntityCount } from '../../domain/reconcile/report.ts';
import type { DriftEntity } from '../../domain/reconcile/drift.ts';
import type { PipedriveDependencies } from '../pipedrive/deps.ts';
import { judgeRecords, linkedByIds, linkedInRange } from './compare.ts';
import { listRecords } from './listRecords.ts';
import { notePage } from './notePage.ts';

const pageSize = 500;

/**
 * Linked records that one call judges at most. A page of Pipedrive's ends where its records do, however many of ours it leaves out: a key of
 * another account leaves out nearly all. What is beyond is judged by the next call, which reads the same page.
 */
const stretch = 1000;

/** Part of the daily budget that is left to others: below it nothing is read. */
const reservedBudget = 0.2;

export interface PageRequest {
  entity: DriftEntity;
  cursor: string | null;
  /** Highest id that was judged before. */
  after: number;
  /** How many of the drifted records are wanted by their ids; the others are counted. */
  room: number;
}

export interface PageAnswer {
  cursor: string | null;
  after: number;
  /** Whether there is anything behind; histories of earlier releases say so by the cursor alone. */
  more?: boolean;
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

/** One list call: 10 tokens for 500 records, or for as many of ours as `stretch` says. */
export const reconcilePage =
  (dependencies: PipedriveDependencies) =>
  async ({ entity, cursor, after, room }: PageRequest): Promise<PageAnswer> => {
    const count = emptyCount();
    if (await isBudgetLow(dependencies)) return { cursor: null, after, count, drifted: [], budgetLow: true };
    const { records, nextCursor, readAt } = await listRecords(dependencies, entity, {
      sort_by: 'id',
      sort_direction: 'asc',
      limit: pageSize,
      cursor: cursor ?? undefined,
    });
    const last = nextCursor === null ? null : Math.max(after, ...records.keys());
    const linked = await linkedInRange(dependencies, entity, after, last, stretch);
    const upto = linked.length < stretch ? last : (linked.at(-1)?.remoteId ?? last);
    const ids = [...records.keys()].filter((id) => id > after && (upto === null || id <= upto));
    const present = await linkedByIds(dependencies, entity, ids);
    const absent = linked.filter(({ remoteId }) => !records.has(remoteId));
    const judged = await judgeRecords(dependencies, entity, [...present, ...absent], records, readAt);

    count.read = ids.length;
    count.unlinked = ids.length - present.length;
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
    const isCut = upto !== last;
    return {
      cursor: isCut ? cursor : nextCursor,
      after: upto ?? after,
      more: isCut || nextCursor !== null,
      count,
      drifted: drifted.slice(0, room),
      budgetLow: false,
    };
  };
