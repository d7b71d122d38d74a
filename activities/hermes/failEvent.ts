import type { EventInput } from '../../workflows/names.ts';
import type { HermesDependencies } from './deps.ts';
import type { EventResult } from './eventResult.ts';
import { failInboxRow, loadInboxRow } from './inboxRow.ts';

export interface RefusedReading extends EventInput {
  type: string;
  message: string;
}

/** Records that an event could not be applied because the sender's API refused to say what holds. */
export const failEvent =
  ({ db }: HermesDependencies) =>
  ({ webhookId, type, message }: RefusedReading): Promise<EventResult> =>
    db.transaction(async (trx): Promise<EventResult> => {
      const row = await loadInboxRow(trx, webhookId);
      const failure = { type, message, companyId: row.company_id };
      await failInboxRow(trx, row, failure);
      return { kind: 'failed', ...failure };
    });
