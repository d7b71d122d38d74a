/** Ends the work for an applied event of a client: its row, what is known of the client, and failures that are over. */
import type { Knex } from 'knex';
import type { KnownFields } from '../../../db/models/index.ts';
import { prepared } from '../../../db/prepared.ts';
import { doneWith } from '../endEvent.ts';
import type { EventDone } from '../eventResult.ts';
import type { InboxRow } from '../inboxRow.ts';
import { momentOf } from './eventTime.ts';
import type { StoredClient } from './storeClient.ts';

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

/** One statement: most clients are sent again unchanged. Without a version it holds whatever is known of the client. */
const text = `
  with client as (
    update remote_record
    set event_at = :happenedAt, deleted_at = null, known = :known::jsonb, updated_at = clock_timestamp()
    where system = 'tc2' and entity = 'client' and remote_id = :cligencyId
      and updated_at = coalesce(:version::timestamptz, updated_at)
    returning remote_id
  ), healed as (
    ${healing} and exists (select from client)
  )
  update webhook
  set outcome = :outcome, reason = :reason, waiting_for = null, company_id = :companyId, finished_at = now()
  where id = :webhookId and exists (select from client)
  returning id`;

/** What was known of the client before. */
export interface KnownBefore {
  known: KnownFields | null;
  /** As of the comparison; left out by those who hold the client's turn. */
  version?: string;
}

/** @returns null when another event of the client was faster: nothing is changed then */
export const closeClientEvent = async (
  db: Knex,
  row: InboxRow,
  cligencyId: number,
  before: KnownBefore,
  stored: StoredClient,
): Promise<EventDone | null> => {
  const { companyId, syncDue } = stored;
  const outcome = stored.changed ? 'applied' : 'unchanged';
  const reason = stored.notes.length === 0 ? null : stored.notes.join('; ');
  const closed = await prepared(db, 'close_client_event', text, {
    ...failuresOf(row, cligencyId, momentOf(row)),
    outcome,
    reason,
    companyId,
    cligencyId,
    known: JSON.stringify({ ...before.known, ...stored.ownedAttributes }),
    version: before.version ?? null,
  });
  return closed.length === 0 ? null : doneWith({ outcome, companyId, reason, syncNeeded: syncDue });
};
