/**
 * Which webhooks Pipedrive has to be told to send, and which of those it sends are wrong.
 *
 * One per kind of record, every action, version 2.0. Pipedrive neither updates a webhook nor refuses the same one twice, and a
 * doubled one doubles every event: https://pipedrive.readme.io/docs/guide-for-webhooks-v2.
 */
import type { Webhook } from '../../clients/pipedrive/schemas.ts';

export const webhookObjects = ['organization', 'person', 'deal', 'pipeline', 'stage'] as const;
export type WebhookObject = (typeof webhookObjects)[number];

export interface WebhookPlan {
  /** Kinds of record that no usable webhook tells of. */
  create: WebhookObject[];
  remove: { id: number; object: string; reason: string }[];
  /** Addresses that look like another Hermes, and are left alone. */
  others: string[];
}

/** Where Pipedrive sends its webhooks. @param baseUrl BASE_URL */
export const callbackUrl = (baseUrl: string): string => `${baseUrl}/pipedrive/callback/`;

const withoutSlash = (url: string): string => url.replace(/\/+$/, '');

const faultOf = (webhook: Webhook): string | null => {
  if (!webhook.is_active) return 'not active';
  if (webhook.event_action !== '*')
    return `only for the action ${webhook.event_action ?? 'that nobody knows'}`;
  if (webhook.version !== '2.0') return `of version ${webhook.version ?? '1.0'}`;
  return null;
};

/**
 * Compares what is registered with what is needed.
 *
 * @param renew register all anew, for a changed password: what Pipedrive holds cannot be read
 */
export const planWebhooks = (registered: readonly Webhook[], url: string, renew = false): WebhookPlan => {
  const plan: WebhookPlan = { create: [], remove: [], others: [] };
  const ours = [...registered]
    .filter(({ subscription_url: target }) => withoutSlash(target ?? '') === withoutSlash(url))
    .sort((a, b) => a.id - b.id);
  const kept = new Set<string>();
  for (const webhook of ours) {
    const object = webhook.event_object ?? '';
    const isNeeded = (webhookObjects as readonly string[]).includes(object);
    const fault = faultOf(webhook);
    let reason: string | null = null;
    if (!isNeeded) reason = 'not needed';
    else if (fault !== null) reason = fault;
    else if (renew) reason = 'to be registered anew';
    else if (kept.has(object)) reason = 'doubled';
    if (reason === null) kept.add(object);
    else plan.remove.push({ id: webhook.id, object, reason });
  }
  plan.create = webhookObjects.filter((object) => !kept.has(object));
  const others = registered
    .map(({ subscription_url: target }) => target ?? '')
    .filter((target) => /\/pipedrive\/callback\/?$/.test(target))
    .filter((target) => withoutSlash(target) !== withoutSlash(url));
  plan.others = [...new Set(others)];
  return plan;
};
