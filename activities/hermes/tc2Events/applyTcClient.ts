/** Applies a TC2 event to the records: one short transaction under the client's turn, and none when nothing changes. */
import type { Knex } from 'knex';
import { parseClient, type Tc2Client } from '../../../domain/tc2/client.ts';
import { clientIdOf, hasAgency } from '../../../domain/tc2/envelope.ts';
import { freshness, isTied } from '../../../domain/values/freshness.ts';
import type { EventInput } from '../../../workflows/names.ts';
import { wantSync } from '../changes.ts';
import type { HermesDependencies } from '../deps.ts';
import { appliedBefore, endEvent, endInFailure } from '../endEvent.ts';
import type { EventFailure, EventResult } from '../eventResult.ts';
import { loadInboxRow, type InboxRow } from '../inboxRow.ts';
import { lockRemoteRecord } from '../remoteRecord.ts';
import { closeClientEvent } from './closeClientEvent.ts';
import { endStale, momentOf } from './eventTime.ts';
import { storeClient } from './storeClient.ts';
import { storedSubject } from './storedSubject.ts';
import { closeUnchangedClient } from './unchangedClient.ts';

/** What there is to apply. */
type Content =
  | { kind: 'client'; client: Tc2Client }
  | { kind: 'failure'; failure: EventFailure }
  /** Nothing is done for it. */
  | { kind: 'nothing'; reason: string }
  | { kind: 'readNeeded' };

const contentOf = (row: InboxRow): Content => {
  const subject = storedSubject(row);
  const isRead = row.read_at !== null;
  if (!isRead && row.type === 'TcInvoiceUpdated') {
    if (clientIdOf(subject) !== null) return { kind: 'readNeeded' };
    const message = 'the invoice names no client';
    return { kind: 'failure', failure: { type: 'InvalidInvoice', message, companyId: null } };
  }
  if (isRead && row.read_body === null) return { kind: 'nothing', reason: 'TC2 does not have the client' };
  // What is read may be an enquiry by now, which the door could not see.
  if (isRead && !hasAgency(row.read_body)) return { kind: 'nothing', reason: 'no meta_agency' };
  const parse = parseClient(isRead ? row.read_body : subject);
  if (parse.ok) return { kind: 'client', client: parse.client };
  const message = `the client is not complete: ${parse.faults.slice(0, 5).join('; ')}`;
  return { kind: 'failure', failure: { type: 'InvalidClient', message, companyId: null } };
};

const applyClient = async (
  { environment }: HermesDependencies,
  trx: Knex.Transaction,
  row: InboxRow,
  client: Tc2Client,
): Promise<EventResult> => {
  const known = await lockRemoteRecord(trx, 'tc2', 'client', client.cligencyId);
  const happenedAt = momentOf(row);
  const age = freshness(happenedAt, known.event_at);
  if (age === 'read' && row.read_at === null) return { kind: 'readNeeded' };
  if (age !== 'fresh') return endStale(trx, row);

  const stored = await storeClient(trx, client, {
    by: { source: 'tc2', webhookId: row.id },
    wantsDeal: true,
    wantsSync: true,
    tc2BaseUrl: environment.TC2_BASE_URL,
    now: new Date(),
    isTied: row.read_at === null && isTied(happenedAt, known.event_at),
  });
  if (!stored.ok && stored.type === 'Tied') return { kind: 'readNeeded' };
  if (!stored.ok) {
    const { type, message, companyId } = stored;
    return endInFailure(trx, row, { type, message, companyId });
  }

  // What could not be written back while the client was gone can be now.
  const isBack = known.deleted_at !== null && !stored.syncDue;
  if (isBack) await wantSync(trx, stored.companyId);

  const closed = await closeClientEvent(trx, row, client.cligencyId, known, {
    ...stored,
    syncDue: stored.syncDue || isBack,
  });
  if (closed === null) throw new Error('the event was erased while it was applied');
  return closed;
};

const log = ({ logger }: HermesDependencies, webhookId: number, result: EventResult): void => {
  if (result.kind === 'failed') {
    logger.warn(
      { webhookId, failure: result.type, companyId: result.companyId },
      'a TC2 event cannot be applied',
    );
    return;
  }
  if (result.kind !== 'done') return;
  const { outcome, companyId, reason } = result;
  const line = { webhookId, outcome, companyId, reason };
  // A reason on an event that was applied is a warning: an unknown price plan, an unknown member of staff (TCC-38).
  if (reason !== null && (outcome === 'applied' || outcome === 'unchanged'))
    logger.warn(line, 'TC2 client event');
  else logger.info(line, 'TC2 client event');
};

/**
 * Applies a client event, or what was read for it. An unchanged client costs three round trips to PostgreSQL: the row, what Hermes holds,
 * and the outcome.
 *
 * @returns `readNeeded` when the event is too old to trust either side's clock, when it would change what another event of the same
 * millisecond said, or when nothing was read for an invoice yet
 */
export const applyTcClient =
  (dependencies: HermesDependencies) =>
  async ({ webhookId }: EventInput): Promise<EventResult> => {
    const { db } = dependencies;
    const row = await loadInboxRow(db, webhookId);
    if (row.outcome === 'applied') return appliedBefore(row);
    const content = contentOf(row);
    if (content.kind === 'readNeeded') return content;

    const unchanged = content.kind === 'client' ? await closeUnchangedClient(db, row, content.client) : null;
    if (unchanged !== null) {
      log(dependencies, webhookId, unchanged);
      return unchanged;
    }

    const result = await db.transaction(async (trx): Promise<EventResult> => {
      switch (content.kind) {
        case 'client':
          return applyClient(dependencies, trx, row, content.client);
        case 'failure':
          return endInFailure(trx, row, content.failure);
        case 'nothing':
          return endEvent(trx, row, {
            outcome: 'ignored',
            companyId: row.company_id,
            reason: content.reason,
          });
      }
    });
    log(dependencies, webhookId, result);
    return result;
  };
