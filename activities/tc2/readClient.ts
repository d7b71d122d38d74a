/** Reads the client that an event speaks of, and keeps it with the event: bodies stay out of histories. */
import type { EventInput } from '../../workflows/names.ts';
import { eventAt } from '../../domain/tc2/envelope.ts';
import { identifierOf } from '../../domain/values/identifier.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import { loadInboxRow, type InboxRow } from '../hermes/inboxRow.ts';
import type { Tc2Dependencies } from './deps.ts';

const clientIdOf = (row: InboxRow): number | null => {
  if (row.body === null) return null;
  const subject = eventAt(JSON.parse(row.body.toString('utf8')), row.event_index)?.subject;
  if (typeof subject !== 'object' || subject === null) return null;
  const { id, client } = subject as { id?: unknown; client?: unknown };
  if (row.type !== 'TcInvoiceUpdated') return identifierOf(id);
  return typeof client === 'object' && client !== null
    ? identifierOf((client as { id?: unknown }).id)
    : identifierOf(client);
};

/**
 * GET clients/{id}/ for an invoice event (TCI-01), or for an event whose time cannot be trusted. A client that TC2 does not have is
 * kept as null. What was read holds as of the moment before the call.
 */
export const readClient =
  ({ db, tc2, limits }: Tc2Dependencies) =>
  async ({ webhookId }: EventInput): Promise<void> => {
    const row = await loadInboxRow(db, webhookId);
    const clientId = clientIdOf(row);
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
      .update({ read_body: body === null ? null : JSON.stringify(body), read_at: readAt });
  };
