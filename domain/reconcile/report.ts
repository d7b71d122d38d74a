/** What a reconciliation found. Ids, names of fields and numbers only: it is kept in the history of its run. */
import type { DriftEntity } from './drift.ts';

/** Records that one repair takes: the ids of one list call. */
export const repairBatch = 100;

/** A record to repair, by its ids. */
export interface DriftedRecord {
  entity: DriftEntity;
  recordId: number;
  companyId: number;
  remoteId: number;
}

export interface EntityCount {
  /** Records that Pipedrive listed. */
  read: number;
  /** Of these, records that Hermes is linked to and could judge. */
  compared: number;
  /** Not judged: a change is on its way. */
  busy: number;
  /** In Pipedrive only. */
  unlinked: number;
  drifted: number;
  missing: number;
  unwanted: number;
  /** Records by the name of the field that differs. */
  fields: Record<string, number>;
}

export type Counts = Record<DriftEntity, EntityCount>;

export const emptyCount = (): EntityCount => ({
  read: 0,
  compared: 0,
  busy: 0,
  unlinked: 0,
  drifted: 0,
  missing: 0,
  unwanted: 0,
  fields: {},
});

export const addCounts = (a: EntityCount, b: EntityCount): EntityCount => {
  const fields = { ...a.fields };
  for (const [name, count] of Object.entries(b.fields)) fields[name] = (fields[name] ?? 0) + count;
  return {
    read: a.read + b.read,
    compared: a.compared + b.compared,
    busy: a.busy + b.busy,
    unlinked: a.unlinked + b.unlinked,
    drifted: a.drifted + b.drifted,
    missing: a.missing + b.missing,
    unwanted: a.unwanted + b.unwanted,
    fields,
  };
};

export interface Repairs {
  /** Changes in Pipedrive that go the way of a webhook. */
  events: number;
  /** Companies whose sync was asked for. */
  syncs: number;
}

export interface ReconcileSummary {
  /** reported: a dry run. */
  state: 'inSync' | 'reported' | 'repaired' | 'tooMuch' | 'budgetLow';
  drifted: number;
  maxRepairs: number;
  counts: Counts;
  repairs: Repairs;
}
