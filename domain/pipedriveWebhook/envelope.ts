/**
 * What a Pipedrive webhook announces, decided at the door from `meta` alone.
 *
 * Webhooks v2 are understood (https://pipedrive.readme.io/docs/guide-for-webhooks-v2); whether `data` is a complete record is
 * decided in the event's run, where a fault is stored and visible.
 */
import { identifierOf } from '../values/identifier.ts';
import { momentOf } from '../values/moment.ts';
import { isRecord, recordOf } from '../values/record.ts';
import { storable } from '../values/text.ts';

export const pipedriveEntities = ['organization', 'person', 'deal', 'pipeline', 'stage'] as const;
export type PipedriveEntity = (typeof pipedriveEntities)[number];

const pipedriveActions = ['create', 'change', 'delete'] as const;

const workflowTypes = {
  organization: 'PdOrganizationUpdated',
  person: 'PdPersonUpdated',
  deal: 'PdDealUpdated',
  pipeline: 'PdPipelineUpdated',
  stage: 'PdStageUpdated',
} as const satisfies Record<PipedriveEntity, string>;

/** Deletes and merges arrive at the type of their entity, too. */
export type PipedriveEventType = (typeof workflowTypes)[PipedriveEntity];

/** An event as the inbox files it. */
export interface PipedriveHead {
  /** The workflow type, or null for an event that nothing is done for. */
  type: PipedriveEventType | null;
  /** Subject by kind and id, such as organization-20. */
  subject: string;
  /** One line for operators, without personal data. */
  summary: string;
  /** The organization concerned, where the event names one. */
  organizationId: number | null;
  eventAt: Date | null;
  ignoredBecause: string | null;
  /** The part that says what holds, without when it was said. */
  content: unknown;
  /** Pipedrive's own id of the event, which is the same for every attempt; undefined when it has none. */
  dedupeKey: string | undefined;
}

type Json = Record<string, unknown>;

/** Names come from the sender: cut before they are shown. */
const word = (value: unknown, fallback: string): string => {
  const text = typeof value === 'string' ? storable(value).replace(/\s+/g, ' ').trim() : '';
  return text === '' ? fallback : text.slice(0, 60);
};

const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'unknown';

const isOneOf = <T extends string>(names: readonly T[], value: unknown): value is T =>
  typeof value === 'string' && (names as readonly string[]).includes(value);

/**
 * The id of the record that an event is about: the record's own, else the one in `meta`, which is text.
 *
 * A delete has no data: there `previous` is the record. In a change `previous` holds only old values, so it names nothing.
 */
export const recordIdOf = (body: Json): number | null => {
  const meta = recordOf(body.meta);
  const own = identifierOf(recordOf(body.data).id);
  if (own !== null) return own;
  const last = meta.action === 'delete' ? identifierOf(recordOf(body.previous).id) : null;
  return last ?? identifierOf(meta.entity_id);
};

const isVersion1 = (body: Json, meta: Json): boolean =>
  'current' in body || (meta.entity === undefined && ('object' in meta || 'event' in body)) || meta.v === 1;

const judge = (
  body: Json,
  meta: Json,
): { type: PipedriveEventType | null; ignoredBecause: string | null } => {
  const ignored = (ignoredBecause: string) => ({ type: null, ignoredBecause });
  if (isVersion1(body, meta)) {
    return ignored('a webhook of version 1: register the webhook with version 2.0');
  }
  if (!isRecord(body.meta)) return ignored('no meta: not a webhook of Pipedrive');
  const { entity, action } = meta;
  if (!isOneOf(pipedriveEntities, entity)) {
    return ignored(`nothing is done for the entity ${word(entity, 'none')}`);
  }
  if (!isOneOf(pipedriveActions, action)) {
    return ignored(`nothing is done for the action ${word(action, 'none')}`);
  }
  if (action === 'delete' && (entity === 'pipeline' || entity === 'stage')) {
    return ignored(`a ${entity} that is deleted in Pipedrive is kept`);
  }
  if (action !== 'delete' && (body.data === null || body.data === undefined)) {
    return ignored('the event carries no data');
  }
  // A record that says nothing of its id but holds something else in that place is a fault, shown by its run.
  const names = [recordOf(body.data).id, meta.entity_id];
  if (recordIdOf(body) === null && names.every((id) => id === undefined || id === null)) {
    return ignored('the event names no record');
  }
  return { type: workflowTypes[entity], ignoredBecause: null };
};

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const dedupeKeyOf = (meta: Json): string | undefined => {
  const id = textOf(meta.id);
  if (id !== '') return `id:${id}`;
  const parts = [meta.webhook_id, meta.correlation_id, meta.entity_id, meta.timestamp].map(textOf);
  return parts.every((part) => part !== '') ? `parts:${parts.join(':')}` : undefined;
};

const organizationOf = (entity: unknown, body: Json): number | null => {
  if (entity === 'organization') return recordIdOf(body);
  if (entity !== 'person' && entity !== 'deal') return null;
  return identifierOf(recordOf(body.data).org_id) ?? identifierOf(recordOf(body.previous).org_id);
};

/**
 * Reads the head of a webhook.
 *
 * @param body the parsed body
 * @returns null when the body is no object
 */
export const readHead = (body: unknown): PipedriveHead | null => {
  if (!isRecord(body)) return null;
  const meta = recordOf(body.meta);
  const verdict = judge(body, meta);
  const kind = word(meta.entity ?? meta.object, 'event');
  const action = word(meta.action, 'no action');
  const id = recordIdOf(body);
  return {
    ...verdict,
    subject: `${slug(kind)}-${id ?? 'unknown'}`,
    summary: `Pipedrive ${kind} ${id ?? 'without id'}, ${action}`,
    organizationId: verdict.type === null ? null : organizationOf(meta.entity, body),
    eventAt: momentOf(meta.timestamp),
    content: { entity: meta.entity ?? null, action: meta.action ?? null, data: body.data ?? null },
    dedupeKey: dedupeKeyOf(meta),
  };
};
