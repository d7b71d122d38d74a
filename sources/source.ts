/**
 * What a further sender of webhooks is: how its requests are told from others, which events they carry, and what an event changes.
 * Everything between (the inbox, the run, the retries, replays, metrics, the sync) is the same for every sender.
 *
 * TutorCruncher, Pipedrive and the callbooker have doors and activities of their own, because they also read from their sender, wait for
 * a visitor, or park. docs/adding-a-webhook.md adds a sender step by step.
 */
import type { Context } from 'koa';
import type { Knex } from 'knex';
import type { HermesDependencies } from '../activities/hermes/deps.ts';
import type { Environment } from '../environment/environment.ts';
import type { ArrivedEvent } from '../inbox/event.ts';
import type { EventSource, EventWorkflowType } from '../workflows/names.ts';

export type SourceReading =
  | { ok: true; events: ArrivedEvent[] }
  | { ok: false; issues: readonly { path: PropertyKey[]; message: string; code: string }[] };

/** What an event came to. The types of failures are names for operators, such as `UnknownCompany`. */
export type SourceVerdict =
  | { kind: 'applied' | 'unchanged'; companyId: number | null; reason?: string }
  | { kind: 'ignored'; reason: string }
  | { kind: 'failed'; type: string; message: string };

export type ApplyEvent = (
  trx: Knex.Transaction,
  /** The parsed body of the request. */
  body: unknown,
  deps: HermesDependencies,
) => Promise<SourceVerdict>;

export interface WebhookSource {
  name: EventSource;
  /** Where it is received, without a final slash. */
  path: `/${string}`;
  /** One line for GET /docs. */
  summary: string;
  /** Whether the raw bytes come from the sender: compare in constant time. */
  isAuthentic: (body: Buffer, context: Context, environment: Environment) => boolean;
  /** The events of a body, decided from the few keys that all of them have. */
  read: (json: unknown) => SourceReading;
  /** By workflow type. Each is called in a short transaction, maybe more than once. */
  apply: Partial<Record<EventWorkflowType, ApplyEvent>>;
}
