/** An event of a client in its order: as of when it knows the client, and its end when something newer was applied. */
import type { Knex } from 'knex';
import { eventMoment } from '../../../domain/values/freshness.ts';
import { endEvent } from '../endEvent.ts';
import type { EventDone } from '../eventResult.ts';
import type { InboxRow } from '../inboxRow.ts';

/** The moment as of which an event knows its client. */
export const momentOf = (row: InboxRow): Date => row.read_at ?? eventMoment(row.event_at, row.received_at);

export const endStale = (trx: Knex, row: InboxRow): Promise<EventDone> =>
  endEvent(trx, row, {
    outcome: 'stale',
    companyId: row.company_id,
    reason: 'a newer event of the client was applied before',
  });
