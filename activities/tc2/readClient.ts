/** Reads the client that an event speaks of, and keeps it with the event: bodies stay out of histories. */
import type { EventInput } from '../../workflows/names.ts';
import { clientIdOf } from '../../domain/tc2/envelope.ts';
import { keptReading } from '../../domain/tc2/keptReading.ts';
import { storableJson } from '../../domain/values/text.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import { loadInboxRow } from '../hermes/inboxRow.ts';
import { storedSubject } from '../hermes/tc2Events/storedSubject.ts';
import type { Tc2Dependencies } from './deps.ts';

/**
 * GET clients/{id}/ for an invoice event (TCI-01), or for an event whose time cannot be trusted. A client that TC2 does not have is
 * kept as null. What was read holds as of the moment before the call.
 */
export const readClient =
  ({ db, tc2, limits }: Tc2Dependencies) =>
  async ({ webhookId }: EventInput): Promise<void> => {
    const row = await loadInboxRow(db, webhookId);
    const clientId = clientIdOf(storedSubject(row));
    const readAt = new Date();
    let body: Record<string, unknown> | null = null;
    if (clientId !== null) {
      const result = await callInTurn(
        db,
        {
          system: 'tc2',
          limits: limits.calls,
          companyId: row.company_id,
          entity: 'client',
          recordId: row.company_id,
        },
        (signal) => tc2.getClient(clientId, { signal }),
      );
      body = !result.ok && result.failure.kind === 'gone' ? null : dataOf(result);
    }
    await db('webhook')
      .where({ id: webhookId })
      .update({ read_body: body === null ? null : storableJson(keptReading(body)), read_at: readAt });
  };
