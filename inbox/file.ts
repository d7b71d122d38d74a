/**
 * Files events in the inbox: one row per event, before the sender is answered.
 *
 * This is the hot path, so it speaks prepared SQL through pg; a single event costs one statement.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { eventWorkflowId, type EventWorkflowType } from '../workflows/names.ts';
import type { StartableEvent } from './start.ts';

/** An event as the door hands it in. */
export interface ArrivedEvent {
  type: EventWorkflowType | null;
  subject: string;
  summary: string;
  eventAt: Date | null;
  /** Set when nothing is done for the event: stored, never started. */
  ignoredBecause: string | null;
  /** What the event says, without when; hashed to recognise the same content sent again. */
  content: unknown;
  /** How the company that it concerns is found, so that its runs can be listed from the start. */
  companyBy: { column: 'tc2_cligency_id' | 'pd_org_id'; value: number } | null;
  /** The sender's own id for the event; a hash of the bytes where it has none. */
  dedupeKey?: string;
}

export interface Delivery {
  source: 'tc2' | 'pipedrive' | 'callbooker';
  /** Exactly the bytes received. */
  body: Buffer;
  events: ArrivedEvent[];
  /** Seconds for which the relay leaves the rows to the process that filed them. */
  startGraceSeconds: number;
}

/** What became of one event. */
export interface FiledEvent {
  webhookId: number;
  /** Null for an event that nothing is done for, and for one that was filed before. */
  startable: StartableEvent | null;
  duplicate: boolean;
}

interface Row {
  dedupe_key: string;
  type: EventWorkflowType | null;
  subject: string;
  summary: string;
  event_index: number;
  content_hash: Buffer;
  event_at: Date | null;
  workflow_id: string | null;
  reason: string | null;
  cligency: number | null;
  organization: number | null;
}

const sha256 = (data: Buffer | string): Buffer => createHash('sha256').update(data).digest();

/** Longest subject that fits an id and a search attribute comfortably. */
const maxSubjectLength = 120;

const rowOf = (delivery: Delivery, event: ArrivedEvent, index: number, bodyHash: Buffer): Row => {
  const key =
    event.dedupeKey === undefined
      ? (index === 0 ? bodyHash : sha256(`${bodyHash.toString('hex')}:${index}`)).toString('hex')
      : sha256(event.dedupeKey).toString('hex');
  const subject = event.subject.slice(0, maxSubjectLength);
  return {
    dedupe_key: key,
    type: event.type,
    subject,
    summary: event.summary.slice(0, 200),
    event_index: index,
    content_hash: sha256(JSON.stringify(event.content) ?? ''),
    event_at: event.eventAt,
    workflow_id: event.type === null ? null : eventWorkflowId(delivery.source, subject, key),
    reason: event.ignoredBecause,
    cligency: event.companyBy?.column === 'tc2_cligency_id' ? event.companyBy.value : null,
    organization: event.companyBy?.column === 'pd_org_id' ? event.companyBy.value : null,
  };
};

const companyOf =
  'coalesce((select id from company where tc2_cligency_id = $15), (select id from company where pd_org_id = $16))';

const insertOne = {
  name: 'file_webhook',
  text: `insert into webhook (source, dedupe_key, type, subject, summary, body, envelope_id, event_index, body_hash,
      content_hash, event_at, workflow_id, reason, next_start_at, outcome, finished_at, company_id)
    values ($1, $2, $3::text, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() + $14 * interval '1 second',
      case when $3::text is null then 'ignored' end, case when $3::text is null then now() end, ${companyOf})
    on conflict (source, dedupe_key) do nothing
    returning id, company_id`,
};

interface Inserted {
  id: number;
  company_id: number | null;
}

type Queryable = Pick<pg.Pool, 'query'>;

const insert = async (
  pool: Queryable,
  delivery: Delivery,
  row: Row,
  bodyHash: Buffer,
  envelopeId: number | null,
): Promise<FiledEvent> => {
  const { rows } = await pool.query<Inserted>({
    ...insertOne,
    values: [
      delivery.source,
      row.dedupe_key,
      row.type,
      row.subject,
      row.summary,
      envelopeId === null ? delivery.body : null,
      envelopeId,
      row.event_index,
      bodyHash,
      row.content_hash,
      row.event_at,
      row.workflow_id,
      row.reason,
      delivery.startGraceSeconds,
      row.cligency,
      row.organization,
    ],
  });
  const [inserted] = rows;
  if (inserted === undefined) {
    const existing = await pool.query<{ id: number }>(
      'select id from webhook where source = $1 and dedupe_key = $2',
      [delivery.source, row.dedupe_key],
    );
    return { webhookId: existing.rows[0]?.id ?? 0, startable: null, duplicate: true };
  }
  const startable: StartableEvent | null =
    row.type === null || row.workflow_id === null
      ? null
      : {
          id: inserted.id,
          source: delivery.source,
          type: row.type,
          workflowId: row.workflow_id,
          subject: row.subject,
          summary: row.summary,
          companyId: inserted.company_id,
        };
  return { webhookId: inserted.id, startable, duplicate: false };
};

/**
 * Writes the events of one delivery, all or none.
 *
 * @returns one entry per event, in order; a delivery that was filed before gives duplicates and changes nothing
 * @throws when PostgreSQL cannot take them; the sender must be told to come again
 */
export const fileDelivery = async (pool: pg.Pool, delivery: Delivery): Promise<FiledEvent[]> => {
  const bodyHash = sha256(delivery.body);
  const rows = delivery.events.map((event, index) => rowOf(delivery, event, index, bodyHash));
  const [first, ...others] = rows;
  if (first === undefined) return [];
  if (others.length === 0) return [await insert(pool, delivery, first, bodyHash, null)];

  const connection = await pool.connect();
  try {
    await connection.query('begin');
    const head = await insert(connection, delivery, first, bodyHash, null);
    const filed = [head];
    for (const row of others) filed.push(await insert(connection, delivery, row, bodyHash, head.webhookId));
    await connection.query('commit');
    return filed;
  } catch (error) {
    await connection.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    connection.release();
  }
};
