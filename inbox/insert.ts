/** The one statement that puts rows into the inbox, for one row or for many; prepared, because it is the hot path. */
import type pg from 'pg';
import type { FiledEvent, NewRow } from './event.ts';

const valuesPerRow = 17;

/** SQL of the n-th row's values; the casts are what the parameters of a lone row would be inferred to be. */
const valuesOf = (row: number): string => {
  const value = (position: number): string => `$${row * valuesPerRow + position}`;
  return `(${value(1)}, ${value(2)}, ${value(3)}::text, ${value(4)}, ${value(5)}, ${value(6)}::bytea, ${value(7)}::bigint,
    ${value(8)}::integer, ${value(9)}::bytea, ${value(10)}::bytea, ${value(11)}::timestamptz, ${value(12)}, ${value(13)},
    now() + ${value(14)}::double precision * interval '1 second',
    case when ${value(3)}::text is null then 'ignored' end, case when ${value(3)}::text is null then now() end,
    coalesce((select id from company where tc2_cligency_id = ${value(15)}), (select id from company where pd_org_id = ${value(16)})),
    ${value(17)}::text)`;
};

const statements = new Map<number, { name: string; text: string }>();

const statementFor = (rows: number): { name: string; text: string } => {
  const kept = statements.get(rows);
  if (kept !== undefined) return kept;
  const made = {
    name: `file_webhooks_${rows}`,
    text: `insert into webhook (source, dedupe_key, type, subject, summary, body, envelope_id, event_index, body_hash,
        content_hash, event_at, workflow_id, reason, next_start_at, outcome, finished_at, company_id, trace_parent)
      values ${Array.from({ length: rows }, (_, row) => valuesOf(row)).join(',\n')}
      on conflict (source, dedupe_key) do nothing
      returning id, source, dedupe_key, company_id`,
  };
  statements.set(rows, made);
  return made;
};

const parametersOf = (row: NewRow): unknown[] => [
  row.source,
  row.dedupeKey,
  row.type,
  row.subject,
  row.summary,
  row.body,
  row.envelopeId,
  row.eventIndex,
  row.bodyHash,
  row.contentHash,
  row.eventAt,
  row.workflowId,
  row.reason,
  row.startGraceSeconds,
  row.cligencyId,
  row.organizationId,
  row.traceParent,
];

interface Inserted {
  id: number;
  source: string;
  dedupe_key: string;
  company_id: number | null;
}

type Queryable = Pick<pg.Pool, 'query'>;

const keyOf = (source: string, dedupeKey: string): string => `${source} ${dedupeKey}`;

const filedEvent = (row: NewRow, inserted: Inserted): FiledEvent => ({
  webhookId: inserted.id,
  startable:
    row.type === null || row.workflowId === null
      ? null
      : {
          id: inserted.id,
          source: row.source,
          type: row.type,
          workflowId: row.workflowId,
          subject: row.subject,
          summary: row.summary,
          companyId: inserted.company_id,
          traceParent: row.traceParent,
        },
  duplicate: false,
});

const findExisting = async (database: Queryable, row: NewRow): Promise<FiledEvent> => {
  const { rows } = await database.query<{ id: number }>({
    name: 'find_webhook',
    text: 'select id from webhook where source = $1 and dedupe_key = $2',
    values: [row.source, row.dedupeKey],
  });
  return { webhookId: rows[0]?.id ?? 0, startable: null, duplicate: true };
};

/**
 * Inserts rows with one statement, all or none.
 *
 * @returns one entry per row, in order; a row whose key is there already, or twice in `rows`, is a duplicate and changes nothing
 */
export const insertRows = async (database: Queryable, rows: readonly NewRow[]): Promise<FiledEvent[]> => {
  // Two statements with the same keys in another order would wait for each other: every statement goes in the order of keys.
  const ordered = rows.length === 1 ? rows : [...rows].sort((a, b) => (a.dedupeKey < b.dedupeKey ? -1 : 1));
  const answer = await database.query<Inserted>({
    ...statementFor(rows.length),
    values: ordered.flatMap(parametersOf),
  });
  const inserted = new Map(answer.rows.map((row) => [keyOf(row.source, row.dedupe_key), row]));
  const filed: FiledEvent[] = [];
  for (const row of rows) {
    const key = keyOf(row.source, row.dedupeKey);
    const own = inserted.get(key);
    inserted.delete(key);
    filed.push(own === undefined ? await findExisting(database, row) : filedEvent(row, own));
  }
  return filed;
};
