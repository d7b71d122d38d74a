/** The calls that were held back, folded: one entry per record, with what it would hold after all of them. */
import type { Database } from '../../db/connection.ts';
import type { Fields } from '../../domain/pipedrive/fields.ts';

export interface HeldRow {
  id: number;
  at: Date;
  system: 'pipedrive' | 'tc2' | 'google';
  method: string;
  endpoint: string;
  params: Record<string, string | number>;
  body: Record<string, unknown>;
  invented_id: number | null;
  company_id: number | null;
  entity: string;
  record_id: number | null;
}

export interface HeldRecord {
  system: HeldRow['system'];
  entity: string;
  companyId: number | null;
  recordId: number | null;
  /** The record's id at the peer; negative when Hermes would have made it. */
  remoteId: number | string | null;
  /** What was sent last per field, in flat form; null when the record would be gone. */
  wanted: Fields | null;
  calls: number;
}

const flat = ({ custom_fields: custom, ...fields }: Record<string, unknown>): Fields => ({
  ...fields,
  ...(typeof custom === 'object' && custom !== null
    ? Object.fromEntries(Object.entries(custom).map(([key, value]) => [`custom_fields.${key}`, value]))
    : {}),
});

const remoteIdOf = (row: HeldRow): number | string | null =>
  row.invented_id ?? row.params['id'] ?? row.params['eventId'] ?? null;

/** @returns all held calls, oldest first */
export const loadHeldCalls = async (db: Database): Promise<HeldRow[]> =>
  db('held_call').orderBy('id').select<HeldRow[]>('*');

/** Folds calls into records, in the order in which the records were first touched. */
export const foldHeldCalls = (rows: readonly HeldRow[]): HeldRecord[] => {
  const records = new Map<string, HeldRecord>();
  for (const row of rows) {
    const key = `${row.system}:${row.entity}:${row.record_id ?? JSON.stringify(row.params)}`;
    const before = records.get(key);
    records.set(key, {
      system: row.system,
      entity: row.entity,
      companyId: row.company_id,
      recordId: row.record_id,
      remoteId: remoteIdOf(row) ?? before?.remoteId ?? null,
      wanted: row.method === 'DELETE' ? null : { ...before?.wanted, ...flat(row.body) },
      calls: (before?.calls ?? 0) + 1,
    });
  }
  return [...records.values()];
};
