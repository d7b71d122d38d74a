/** The ends of an event: what is written into its row of the inbox, and the same told to its run. */
import type { Knex } from 'knex';
import type { EventDone, EventFailure, EventResult } from './eventResult.ts';
import { failInboxRow, finishInboxRow, type InboxRow } from './inboxRow.ts';

export type EventEnd = Pick<EventDone, 'outcome' | 'companyId' | 'reason' | 'furtherSyncs'> & {
  syncNeeded?: boolean;
};

/** What the run is told of an end that the row holds already. */
export const doneWith = ({
  outcome,
  companyId,
  reason,
  syncNeeded = false,
  furtherSyncs = [],
}: EventEnd): EventDone => ({
  kind: 'done',
  outcome,
  companyId,
  syncNeeded,
  priority: 'webhook',
  reason,
  ...(furtherSyncs.length > 0 ? { furtherSyncs } : {}),
});

/** The end of an event that an earlier attempt applied: its answer was lost, and the sync is still to be asked for. */
export const appliedBefore = ({ company_id: companyId }: InboxRow): EventDone =>
  doneWith({ outcome: 'applied', companyId, reason: null, syncNeeded: companyId !== null });

export const endEvent = async (trx: Knex, row: InboxRow, end: EventEnd): Promise<EventDone> => {
  const { outcome, companyId, reason } = end;
  await finishInboxRow(trx, row.id, { outcome, companyId, reason });
  return doneWith(end);
};

/** Ends an event that cannot be applied: as `ignored` where the same content failed before and stands (`failInboxRow`). */
export const endInFailure = async (trx: Knex, row: InboxRow, failure: EventFailure): Promise<EventResult> => {
  const standing = await failInboxRow(trx, row, failure);
  if (standing === null) return { kind: 'failed', ...failure };
  const reason = `the same content as webhook ${standing}, which failed`;
  return doneWith({ outcome: 'ignored', companyId: failure.companyId, reason });
};
