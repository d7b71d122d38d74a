/** The end of an event that says of a client what Hermes holds, as most do. */
import type { Knex } from 'knex';
import { planClient } from '../../../domain/company/planClient.ts';
import type { Tc2Client } from '../../../domain/tc2/client.ts';
import { freshness } from '../../../domain/values/freshness.ts';
import type { EventDone } from '../eventResult.ts';
import type { InboxRow } from '../inboxRow.ts';
import { loadClientState } from './clientState.ts';
import { closeClientEvent } from './closeClientEvent.ts';
import { momentOf } from './eventTime.ts';
import { storedBefore } from './storeClient.ts';

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
): Promise<EventDone | null> => {
  const state = await loadClientState(db, client);
  const { knownClient } = state;
  if (
    knownClient === null ||
    knownClient.isGone ||
    freshness(momentOf(row), knownClient.event_at) !== 'fresh'
  )
    return null;
  const plan = planClient(state, client, { wantsDeal: true, now: new Date() });
  const stored = plan.kind === 'refused' ? null : storedBefore(state, client, plan);
  return stored === null ? null : closeClientEvent(db, row, client.cligencyId, knownClient, stored);
};
