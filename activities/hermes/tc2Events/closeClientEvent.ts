/** Ends the work for an applied event of a client: its row, what is known of the client, and failures that are over. */
import type { Knex } from 'knex';
import type { KnownFields } from '../../../db/models/index.ts';
import { prepared } from '../../../db/prepared.ts';
import type { InboxRow } from '../inboxRow.ts';

/**
 * A failure of the client is over when the same content was applied, or when something newer was: every event carries the whole
 * client.
 */
const healing = `
    update webhook set outcome = 'ignored', reason = 'applied by webhook ' || :webhookId::text, finished_at = now()
    where subject = any (:subjects::text[]) and outcome = 'failed' and id <> :webhookId
      and (content_hash = :contentHash or coalesce(event_at, received_at) <= :happenedAt)`;

const failuresOf = (row: InboxRow, cligencyId: number, happenedAt: Date) => ({
  webhookId: row.id,
  subjects: [row.subject, `client-${cligencyId}`],
  contentHash: row.content_hash,
  happenedAt,
});

/** Closes failures of the client that its deletion made pointless. */
export const closeFailures = async (
  trx: Knex,
  row: InboxRow,
  cligencyId: number,
  happenedAt: Date,
): Promise<void> => {
  await trx.raw(healing, failuresOf(row, cligencyId, happenedAt));
};

export interface ClientEventEnd {
  outcome: 'applied' | 'unchanged';
  reason: string | null;
  companyId: number;
  cligencyId: number;
  /** The moment as of which the client is known. */
  happenedAt: Date;
  /** The attributes that Hermes owns, as TC2 holds them. */
  known: KnownFields;
}

/** One statement: most clients are sent again unchanged. */
const text = `
  with client as (
    update remote_record
    set event_at = :happenedAt, deleted_at = null, known = :known::jsonb, updated_at = now()
    where system = 'tc2' and entity = 'client' and remote_id = :cligencyId
  ), healed as (
    ${healing}
  )
  update webhook
  set outcome = :outcome, reason = :reason, waiting_for = null, company_id = :companyId, finished_at = now()
  where id = :webhookId`;

export const closeClientEvent = async (trx: Knex, row: InboxRow, end: ClientEventEnd): Promise<void> => {
  await prepared(trx, 'close_client_event', text, {
    ...failuresOf(row, end.cligencyId, end.happenedAt),
    outcome: end.outcome,
    reason: end.reason,
    companyId: end.companyId,
    cligencyId: end.cligencyId,
    known: JSON.stringify(end.known),
  });
};
