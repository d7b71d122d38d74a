/** Terms of the inbox: what arrives at the door, and what becomes of it. */
import { sha256 } from '../domain/values/sha256.ts';
import { eventWorkflowId, type EventSource, type EventWorkflowType } from '../workflows/names.ts';
import type { StartableEvent } from './start.ts';

/** An event as the door hands it in. */
export interface ArrivedEvent {
  type: EventWorkflowType | null;
  subject: string;
  summary: string;
  eventAt: Date | null;
  /** Set when nothing is done for the event: stored, never started. */
  ignoredBecause: string | null;
  /** What the event says, without when; hashed to recognise the same content sent again. */
  content: unknown;
  /** How the company that it concerns is found, so that its runs can be listed from the start. */
  companyBy: { column: 'tc2_cligency_id' | 'pd_org_id'; value: number } | null;
  /** The sender's own id for the event; a hash of the bytes where it has none. */
  dedupeKey?: string;
}

export interface Delivery {
  source: EventSource;
  /** Exactly the bytes received. */
  body: Buffer;
  events: ArrivedEvent[];
  /** Seconds for which the relay leaves the rows to the process that filed them. */
  startGraceSeconds: number;
}

/** What became of one event. */
export interface FiledEvent {
  webhookId: number;
  /** Null for an event that nothing is done for, and for one that was filed before. */
  startable: StartableEvent | null;
  duplicate: boolean;
}

/** An event on its way into the table. */
export interface NewRow {
  source: Delivery['source'];
  dedupeKey: string;
  type: EventWorkflowType | null;
  subject: string;
  summary: string;
  /** Null in all rows of a batch but the first. */
  body: Buffer | null;
  envelopeId: number | null;
  eventIndex: number;
  bodyHash: Buffer;
  contentHash: Buffer;
  eventAt: Date | null;
  workflowId: string | null;
  reason: string | null;
  startGraceSeconds: number;
  cligencyId: number | null;
  organizationId: number | null;
  /** The trace in which it arrived, as a W3C traceparent. */
  traceParent: string | null;
}

/** Longest subject that fits an id and a search attribute comfortably. */
const maxSubjectLength = 120;

const rowOf = (
  delivery: Delivery,
  event: ArrivedEvent,
  index: number,
  { bodyHash, traceParent }: Pick<NewRow, 'bodyHash' | 'traceParent'>,
): NewRow => {
  const dedupeKey =
    event.dedupeKey === undefined
      ? (index === 0 ? bodyHash : sha256(`${bodyHash.toString('hex')}:${index}`)).toString('hex')
      : sha256(event.dedupeKey).toString('hex');
  const subject = event.subject.slice(0, maxSubjectLength);
  return {
    source: delivery.source,
    dedupeKey,
    type: event.type,
    subject,
    summary: event.summary.slice(0, 200),
    body: index === 0 ? delivery.body : null,
    envelopeId: null,
    eventIndex: index,
    bodyHash,
    contentHash: sha256(JSON.stringify(event.content) ?? ''),
    eventAt: event.eventAt,
    workflowId: event.type === null ? null : eventWorkflowId(delivery.source, subject, dedupeKey),
    reason: event.ignoredBecause,
    startGraceSeconds: delivery.startGraceSeconds,
    cligencyId: event.companyBy?.column === 'tc2_cligency_id' ? event.companyBy.value : null,
    organizationId: event.companyBy?.column === 'pd_org_id' ? event.companyBy.value : null,
    traceParent,
  };
};

/** The rows of a delivery, one per event, in order. */
export const rowsOf = (delivery: Delivery, traceParent: string | null): NewRow[] => {
  const bodyHash = sha256(delivery.body);
  return delivery.events.map((event, index) => rowOf(delivery, event, index, { bodyHash, traceParent }));
};
