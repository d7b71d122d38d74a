/** An event's row in the inbox, seen from its run. */
import { ApplicationFailure } from '@temporalio/common';
import type { Knex } from 'knex';
import type { Webhook, WebhookOutcome } from '../../db/models/index.ts';
import { prepared } from '../../db/prepared.ts';

export interface InboxRow {
  id: number;
  source: string;
  type: string | null;
  subject: string;
  event_index: number;
  content_hash: Buffer | null;
  event_at: Date | null;
  received_at: Date;
  outcome: WebhookOutcome | null;
  company_id: number | null;
  /** The event that this one is a replay of. */
  replay_of: number | null;
  read_body: unknown;
  read_at: Date | null;
  /** The bytes received; a batch keeps them in its first row. Null once they were pruned. */
  body: Buffer | null;
}

const load = `
  select w.id, w.source, w.type, w.subject, w.event_index, w.content_hash, w.event_at, w.received_at, w.outcome, w.company_id,
    w.replay_of, w.read_body, w.read_at, coalesce(w.body, envelope.body) as body
  from webhook w left join webhook envelope on envelope.id = w.envelope_id
  where w.id = ?`;

/** @throws when the row is gone: it was erased while its run waited */
export const loadInboxRow = async (db: Knex, webhookId: number): Promise<InboxRow> => {
  const [row] = await prepared<InboxRow>(db, 'load_inbox_row', load, [webhookId]);
  if (row === undefined)
    throw ApplicationFailure.nonRetryable(`inbox row ${webhookId} does not exist`, 'RowErased');
  return row;
};

/** Ways to end after which nothing is left to be done for what the event says. */
const settled: readonly WebhookOutcome[] = ['applied', 'unchanged', 'stale'];

/** A replay that came to its end closes the failure that it repeats, and the earlier replays of it that failed. */
const healReplayed = async (trx: Knex, root: number, webhookId: number): Promise<void> => {
  await trx('webhook')
    .where((query) => void query.where({ id: root }).orWhere({ replay_of: root }))
    .where({ outcome: 'failed' })
    .whereNot({ id: webhookId })
    .update({ outcome: 'ignored', reason: `applied by webhook ${webhookId}`, finished_at: trx.fn.now() });
};

/** Records how the work for an event ended. */
export const finishInboxRow = async (
  trx: Knex,
  webhookId: number,
  end: { outcome: WebhookOutcome; reason: string | null; companyId: number | null; waitingFor?: string },
): Promise<void> => {
  const change: Partial<Pick<Webhook, 'outcome' | 'reason' | 'waiting_for' | 'company_id'>> = {
    outcome: end.outcome,
    reason: end.reason,
    waiting_for: end.waitingFor ?? null,
  };
  if (end.companyId !== null) change.company_id = end.companyId;
  const [row] = (await trx('webhook')
    .where({ id: webhookId })
    .update({ ...change, finished_at: trx.fn.now() })
    .returning('replay_of')) as { replay_of: number | null }[];
  const root = row?.replay_of ?? null;
  if (root !== null && settled.includes(end.outcome)) await healReplayed(trx, root, webhookId);
};

/**
 * Records a failure; the same content that failed before and still stands is only noted there, so that a sender who repeats
 * itself every few hours gives one failed run, not many (TCC-06). A replay that fails again fails for its operator to see.
 *
 * @returns id of the standing failure, or null when this one is the first
 */
export const failInboxRow = async (
  trx: Knex,
  row: InboxRow,
  failure: { type: string; message: string; companyId: number | null },
): Promise<number | null> => {
  const standing =
    row.content_hash === null || row.replay_of !== null
      ? undefined
      : await trx('webhook')
          .where({ subject: row.subject, content_hash: row.content_hash, outcome: 'failed' })
          .whereNot({ id: row.id })
          .whereNull('replay_of')
          .orderBy('id')
          .first<{ id: number } | undefined>('id');
  const reason = `${failure.type}: ${failure.message}`;
  if (standing === undefined) {
    await finishInboxRow(trx, row.id, { outcome: 'failed', reason, companyId: failure.companyId });
    return null;
  }
  await trx('webhook')
    .where({ id: standing.id })
    .update({ repeats: trx.raw('repeats + 1'), last_repeat_at: trx.fn.now() });
  await finishInboxRow(trx, row.id, {
    outcome: 'ignored',
    reason: `the same content as webhook ${standing.id}, which failed: ${reason}`,
    companyId: failure.companyId,
  });
  return standing.id;
};

/** Closes earlier failures of the same content once it could be applied. */
export const healStandingFailures = async (trx: Knex, row: InboxRow): Promise<void> => {
  if (row.content_hash === null) return;
  await trx('webhook')
    .where({ subject: row.subject, content_hash: row.content_hash, outcome: 'failed' })
    .whereNot({ id: row.id })
    .update({ outcome: 'ignored', reason: `applied by webhook ${row.id}`, finished_at: trx.fn.now() });
};
