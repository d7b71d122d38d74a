/** Events of TutorCruncher. */
import { runEvent, type EventOutcome } from './eventRun.ts';
import type { EventInput } from './names.ts';
import { database, tc2 } from './proxies.ts';

/** A client was created or changed. */
export const TcClientUpdated = (input: EventInput): Promise<EventOutcome> =>
  runEvent(input, { apply: database.applyTcClient, read: tc2.readClient, readFrom: 'TC2' });

/** A client was deleted. */
export const TcClientDeleted = (input: EventInput): Promise<EventOutcome> =>
  runEvent(input, { apply: database.applyTcDeletion, read: tc2.readClient, readFrom: 'TC2' });

/** An invoice changed: the client is read again and handled like a client event. */
export const TcInvoiceUpdated = (input: EventInput): Promise<EventOutcome> =>
  runEvent(input, { apply: database.applyTcClient, read: tc2.readClient, readFrom: 'TC2' });
