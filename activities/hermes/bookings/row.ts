/** A booking's row in the inbox: the booking itself, its deadline, and its end. */
import type { Knex } from 'knex';
import { bookingSchema, type Booking } from '../../../domain/callbooker/booking.ts';
import type { Refusal } from '../../../domain/callbooker/refusals.ts';
import { finishInboxRow } from '../inboxRow.ts';

/**
 * Seconds after which a booking is not begun any more, nor its event sent: its visitor is about to be told that it failed. By the
 * database's clock, which all processes share.
 */
const expirySeconds = 8;

/** The booking as it was posted; null when the row was erased, or reads otherwise since a deployment. */
export const loadBooking = async (db: Knex, webhookId: number): Promise<Booking | null> => {
  const row = await db('webhook')
    .where({ id: webhookId })
    .first<{ type: string | null; body: Buffer | null } | undefined>('type', 'body');
  if (row === undefined || row.body === null) return null;
  const kind = row.type === 'SupportCallBooked' ? 'support' : 'sales';
  // Judged as of its arrival: it was in the future when the door took it.
  const parsed = bookingSchema(kind, new Date(0)).safeParse(JSON.parse(row.body.toString('utf8')));
  return parsed.success ? parsed.data : null;
};

/**
 * Whether the visitor can still be told yes. Locks the row, so that the door's "no" and the run's "yes" exclude each other: whoever
 * writes the outcome first decides.
 */
export const bookingState = async (trx: Knex, webhookId: number): Promise<'open' | 'late' | 'closed'> => {
  const row = await trx('webhook')
    .where({ id: webhookId })
    .forUpdate()
    .first<{ outcome: string | null; late: boolean } | undefined>(
      'outcome',
      trx.raw(`received_at < now() - ? * interval '1 second' as late`, [expirySeconds]),
    );
  if (row === undefined || row.outcome !== null) return 'closed';
  return row.late ? 'late' : 'open';
};

/** Why a booking was refused, as its row keeps it: the status first, so that the door can repeat the answer. */
export const refusalReason = (refusal: Omit<Refusal, 'kind'>): string =>
  `${refusal.status} ${refusal.message}`;

/** Closes a booking that nobody closed before. */
export const closeRefused = async (
  trx: Knex,
  webhookId: number,
  refusal: Refusal,
  companyId: number | null = null,
): Promise<void> => {
  const open = await trx('webhook').where({ id: webhookId }).whereNull('outcome').forUpdate().first('id');
  if (open === undefined) return;
  await finishInboxRow(trx, webhookId, { outcome: 'refused', reason: refusalReason(refusal), companyId });
};
