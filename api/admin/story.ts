/** A company's story: what was received, what it changed and what was called, in one order. */
import type { Database } from '../../db/connection.ts';
import { maskSecrets } from './maskSecrets.ts';

interface Change {
  before: unknown;
  after: unknown;
}

export type Entry =
  | {
      kind: 'event';
      at: Date;
      id: number;
      summary: string;
      outcome: string | null;
      reason: string | null;
    }
  | {
      kind: 'change';
      at: Date;
      record: string;
      source: string;
      webhookId: number | null;
      changes: Record<string, Change>;
    }
  | {
      kind: 'call';
      at: Date;
      id: number;
      call: string;
      record: string;
      status: number | null;
      failure: string | null;
      durationMs: number;
      bodies: { request: unknown; response: unknown } | null;
    };

/** The newest of each kind. */
const limit = 60;

interface EventRow {
  id: number;
  summary: string;
  received_at: Date;
  outcome: string | null;
  reason: string | null;
}

interface ChangeRow {
  at: Date;
  entity: string;
  record_id: number;
  source: string;
  webhook_id: number | null;
  changes: Record<string, Change>;
}

interface CallRow {
  id: number;
  at: Date;
  system: string;
  method: string;
  endpoint: string;
  entity: string | null;
  record_id: number | null;
  status: number | null;
  failure: string | null;
  duration_ms: number;
  request_body: unknown;
  response_body: unknown;
}

/**
 * @param secrets masked in the bodies of refused calls
 * @returns the newest first
 */
export const companyStory = async (
  db: Database,
  companyId: number,
  secrets: readonly string[],
): Promise<Entry[]> => {
  const newest = (table: string) =>
    db(table).where({ company_id: companyId }).orderBy('id', 'desc').limit(limit);
  const [events, changes, calls] = await Promise.all([
    newest('webhook').select<EventRow[]>('id', 'summary', 'received_at', 'outcome', 'reason'),
    newest('field_change').select<ChangeRow[]>('*'),
    newest('api_call').select<CallRow[]>('*'),
  ]);
  const entries: Entry[] = [
    ...events.map(({ received_at: at, ...event }): Entry => ({ kind: 'event', at, ...event })),
    ...changes.map((row): Entry => ({
      kind: 'change',
      at: row.at,
      record: `${row.entity} ${row.record_id}`,
      source: row.source,
      webhookId: row.webhook_id,
      changes: row.changes,
    })),
    ...calls.map((row): Entry => ({
      kind: 'call',
      at: row.at,
      id: row.id,
      call: `${row.system} ${row.method} ${row.endpoint}`,
      record: `${row.entity ?? ''} ${row.record_id ?? ''}`.trim(),
      status: row.status,
      failure: row.failure,
      durationMs: row.duration_ms,
      bodies:
        row.request_body === null
          ? null
          : {
              request: maskSecrets(row.request_body, secrets),
              response: maskSecrets(row.response_body, secrets),
            },
    })),
  ];
  return entries.toSorted((a, b) => b.at.getTime() - a.at.getTime());
};
