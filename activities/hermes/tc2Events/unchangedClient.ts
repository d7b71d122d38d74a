/** The end of an event that says of a client what Hermes holds, as most do. */
import type { Knex } from 'knex';
import { isNothing, planClient } from '../../../domain/company/planClient.ts';
import type { Tc2Client } from '../../../domain/tc2/client.ts';
import { eventMoment, freshness } from '../../../domain/values/freshness.ts';
import { isSyncDue } from '../changes.ts';
import type { EventResult } from '../eventResult.ts';
import type { InboxRow } from '../inboxRow.ts';
import { loadClientState } from './clientState.ts';
import { closeClientEvent } from './closeClientEvent.ts';
import { ownedAttributes } from './storeClient.ts';

/** The moment as of which an event knows its client. */
export const momentOf = (row: InboxRow): Date => row.read_at ?? eventMoment(row.event_at, row.received_at);

/**
 * Two statements, no transaction and no lock: the client is compared as of one moment, and the event is closed only if no other event of
 * the client was applied since.
 *
 * @returns null for everything else, which needs the client's turn; nothing is changed then
 */
export const closeUnchangedClient = async (
  db: Knex,
  row: InboxRow,
  client: Tc2Client,
): Promise<(EventResult & { kind: 'done' }) | null> => {
  const state = await loadClientState(db, client);
  const { company, knownClient } = state;
  if (company === null || knownClient === null) return null;
  const happenedAt = momentOf(row);
  if (freshness(happenedAt, knownClient.event_at) !== 'fresh') return null;
  const plan = planClient(state, client, { wantsDeal: true, now: new Date() });
  if (plan.kind === 'refused' || !isNothing(plan)) return null;

  const reason = plan.notes.length === 0 ? null : plan.notes.join('; ');
  const end = { outcome: 'unchanged' as const, reason, companyId: company.id };
  const isClosed = await closeClientEvent(
    db,
    row,
    {
      ...end,
      cligencyId: client.cligencyId,
      happenedAt,
      known: { ...knownClient.known, ...ownedAttributes(state, client) },
    },
    knownClient.version,
  );
  return isClosed ? { kind: 'done', ...end, syncNeeded: isSyncDue(company), priority: 'webhook' } : null;
};
