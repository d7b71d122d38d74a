/** Files a booking in the inbox. A double-click is one booking; a later try is a new one. */
import { randomBytes } from 'node:crypto';
import type { Booking } from '../../domain/callbooker/booking.ts';
import { sha256 } from '../../domain/values/sha256.ts';
import type { StartableEvent } from '../../inbox/start.ts';
import { eventWorkflowId, type EventWorkflowType } from '../../workflows/names.ts';
import type { ApiDependencies } from '../context.ts';

/** Within this time the same content is the same click, while it is being worked on. Once it succeeded the two-hour rule answers (CBS-17). */
const doubleClickSeconds = 10;

const types: Record<Booking['kind'], EventWorkflowType> = {
  sales: 'SalesCallBooked',
  support: 'SupportCallBooked',
};

/** The newest earlier try of the same content that is over: a click now is not a part of it. */
const lastOver = `select max(id) as id from webhook
  where source = 'callbooker' and subject = $1
    and not (received_at > now() - $2 * interval '1 second' and outcome is null)`;

const insert = `insert into webhook (source, dedupe_key, type, subject, summary, body, body_hash, content_hash, workflow_id)
  values ('callbooker', $1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (source, dedupe_key) do nothing returning id, workflow_id`;

interface FiledRow {
  id: number;
  workflow_id: string;
}

/**
 * Writes the row.
 *
 * The dedupe key names the last try that is over: clicks at one time name the same one, so the table's unique key makes them one
 * row; a try after a refusal names the refused one. The workflow id is random, so that no run of an earlier life of the database
 * answers for this one.
 *
 * @returns what to start; for a double-click what was started, or is about to be
 */
export const fileBooking = async (
  { pool }: Pick<ApiDependencies, 'pool'>,
  booking: Booking,
  body: Buffer,
): Promise<StartableEvent> => {
  const type = types[booking.kind];
  const hash = sha256(JSON.stringify(booking));
  const subject = `booking-${hash.toString('hex').slice(0, 16)}`;
  const summary = `${booking.kind} call, admin ${booking.adminId}`;
  const over = await pool.query<{ id: number | null }>(lastOver, [subject, doubleClickSeconds]);
  const key = sha256(`${hash.toString('hex')}:${over.rows[0]?.id ?? 0}`).toString('hex');
  const workflowId = eventWorkflowId('callbooker', subject, randomBytes(6).toString('hex'));
  const filed = await pool.query<FiledRow>(insert, [
    key,
    type,
    subject,
    summary,
    body,
    sha256(body),
    hash,
    workflowId,
  ]);
  const row =
    filed.rows[0] ??
    (
      await pool.query<FiledRow>(
        `select id, workflow_id from webhook where source = 'callbooker' and dedupe_key = $1`,
        [key],
      )
    ).rows[0];
  if (row === undefined) throw new Error('the booking was not filed');
  return {
    id: row.id,
    source: 'callbooker',
    type,
    workflowId: row.workflow_id,
    subject,
    summary,
    companyId: null,
    // A booking is started while its request waits: its trace is the one that is active.
    traceParent: null,
  };
};
