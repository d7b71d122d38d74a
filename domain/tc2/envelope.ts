/**
 * What a TC2 webhook announces, event by event, decided at the door from the few keys that every event has.
 *
 * Whether the event's subject is complete is decided in its run, where a fault is stored and visible.
 */
import { z } from 'zod';
import { faultText } from '../values/faultText.ts';
import { identifierOf } from '../values/identifier.ts';
import { momentOf } from '../values/moment.ts';
import { isRecord, recordOf } from '../values/record.ts';
import { storable } from '../values/text.ts';

/** TC2 sends one event per request; each one filed here is a row written before the sender is answered. */
const maxEvents = 1000;

/** An event that is no object is a failed event, not a bad envelope: the rest of the batch goes on (TCA-09). */
const envelope = z.object({ events: z.array(z.unknown()).max(maxEvents) });

export type Tc2EventType = 'TcClientUpdated' | 'TcClientDeleted' | 'TcInvoiceUpdated';

/** One event of a batch, as the inbox files it. */
export interface Tc2EventHead {
  /** The workflow type, or null for an event that nothing is done for. */
  type: Tc2EventType | null;
  /** Subject by kind and id, such as client-70412. */
  subject: string;
  /** The TC2 client concerned, if it is known by then. */
  cligencyId: number | null;
  /** One line for operators, without personal data. */
  summary: string;
  eventAt: Date | null;
  /** Why nothing is done. */
  ignoredBecause: string | null;
  /** The part that says what holds, without when it was said. */
  content: unknown;
}

export type EnvelopeParse =
  | { ok: true; events: Tc2EventHead[] }
  | { ok: false; issues: { path: PropertyKey[]; message: string; code: string }[] };

/** Settings that decide what is ignored. */
export interface DoorRules {
  /** TC2_INVOICE_EVENTS */
  invoiceEvents: boolean;
}

/** Actions and models are the sender's vocabulary; anything longer or stranger is cut before it is shown. */
const word = (value: unknown, fallback: string): string =>
  typeof value === 'string' && value !== '' ? storable(value).replace(/\s+/g, ' ').slice(0, 60) : fallback;

interface Verdict {
  type: Tc2EventType | null;
  ignoredBecause: string | null;
}

const ignored = (ignoredBecause: string): Verdict => ({ type: null, ignoredBecause });

/** Whether a client is one that Hermes keeps: enquiries and short payloads have no agency (TCA-05). */
export const hasAgency = (client: unknown): boolean =>
  isRecord(client) && client.meta_agency !== undefined && client.meta_agency !== null;

const judgeClient = (action: string, subject: Record<string, unknown>): Verdict => {
  if (action === 'AGREE_TERMS') return ignored('AGREE_TERMS says nothing about the client');
  if (action === 'DELETED_A_CLIENT') return { type: 'TcClientDeleted', ignoredBecause: null };
  if (!hasAgency(subject)) {
    return ignored('no meta_agency: an enquiry, or the short form of a deleted or admin user');
  }
  return { type: 'TcClientUpdated', ignoredBecause: null };
};

const judge = (
  model: string,
  action: string,
  subject: Record<string, unknown>,
  rules: DoorRules,
): Verdict => {
  if (model === 'Client') return judgeClient(action, subject);
  if (model === 'Invoice') {
    return rules.invoiceEvents
      ? { type: 'TcInvoiceUpdated', ignoredBecause: null }
      : ignored('invoice events are switched off (TC2_INVOICE_EVENTS)');
  }
  return ignored(`nothing is done for a subject of model ${model}`);
};

/** The client that a subject speaks of: itself, or the one that an invoice is for. Null when it names none. */
export const clientIdOf = (subject: unknown): number | null => {
  if (!isRecord(subject)) return null;
  if (subject.model !== 'Invoice') return identifierOf(subject.id);
  return identifierOf(isRecord(subject.client) ? subject.client.id : subject.client);
};

const unreadable = (raw: unknown): Tc2EventHead => ({
  type: 'TcClientUpdated',
  subject: 'client-unknown',
  cligencyId: null,
  summary: 'TC2 event that is no object',
  eventAt: null,
  ignoredBecause: null,
  content: raw,
});

const headOf = (raw: unknown, rules: DoorRules): Tc2EventHead => {
  if (!isRecord(raw)) return unreadable(raw);
  const action = word(raw.action, 'no action');
  const subject = recordOf(raw.subject);
  const model = word(subject.model, 'none');
  const id = identifierOf(subject.id);
  const client = clientIdOf(subject);
  const verdict = judge(model, action, subject, rules);
  return {
    ...verdict,
    subject: `${model.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}-${id ?? 'unknown'}`,
    cligencyId: verdict.type === null ? null : client,
    summary: `TC2 ${model.toLowerCase()} ${id ?? 'without id'}, ${action}`,
    eventAt: momentOf(raw.timestamp),
    content: { action: verdict.type === 'TcClientUpdated' ? 'client' : action, subject },
  };
};

/**
 * Reads the envelope of a TC2 webhook.
 *
 * @param json the parsed body
 * @returns a head per event, or the issues when the body is no envelope (`{"events": […]}`)
 */
export const parseEnvelope = (json: unknown, rules: DoorRules): EnvelopeParse => {
  const parsed = envelope.safeParse(json, { error: faultText });
  if (!parsed.success) {
    return {
      ok: false,
      issues: parsed.error.issues.map(({ path, message, code }) => ({
        path,
        message,
        code: code ?? 'custom',
      })),
    };
  }
  return { ok: true, events: parsed.data.events.map((one) => headOf(one, rules)) };
};

/** Subject of the event at `index` of a stored envelope; undefined when there is none. */
export const subjectAt = (json: unknown, index: number): unknown => {
  const parsed = envelope.safeParse(json, { error: faultText });
  const event = parsed.success ? parsed.data.events[index] : undefined;
  return isRecord(event) ? event.subject : undefined;
};
