/**
 * Registered webhooks: what /api/v1/webhooks knows of them, and the ban of those that fail.
 */
import { randomBytes } from 'node:crypto';
import { toUtcSeconds, toV1Time } from '../clock.ts';
import type { Store } from '../store.ts';
import type { AccountEvent } from '../writes.ts';

export const eventActions = ['create', 'change', 'delete', '*'] as const;
export type EventAction = (typeof eventActions)[number];

export const eventObjects = [
  'activity',
  'deal',
  'lead',
  'note',
  'organization',
  'person',
  'pipeline',
  'product',
  'stage',
  'user',
  'project',
  'task',
  'board',
  'phase',
  'deal_installment',
  'deal_product',
  '*',
] as const;
export type EventObject = (typeof eventObjects)[number];

/** Webhooks a user may have. */
export const mostWebhooks = 40;

export interface NewWebhook {
  subscription_url: string;
  event_action: EventAction;
  event_object: EventObject;
  name: string;
  user_id: number;
  owner_id: number;
  http_auth_user: string | null;
  http_auth_password: string | null;
}

export interface Webhook extends NewWebhook {
  id: number;
  /** v1 time. */
  add_time: string;
  last_delivery_time: string | null;
  last_http_status: number | null;
  /** Failed first attempts since the last ban. */
  failures: number;
  /** Clock time in milliseconds; 0 when it was never banned. */
  bannedUntil: number;
  lastSuccessAt: number;
}

const firstId = 55_000;

export class WebhookRegistry {
  private readonly store: Store;
  private readonly webhooks = new Map<number, Webhook>();

  constructor(store: Store) {
    this.store = store;
  }

  clear(): void {
    this.webhooks.clear();
  }

  list(): Webhook[] {
    return [...this.webhooks.values()];
  }

  get(id: number): Webhook | undefined {
    return this.webhooks.get(id);
  }

  /** Two registrations of the same are two webhooks, and every event comes twice. */
  add(webhook: NewWebhook): Webhook {
    const now = this.store.clock.now();
    const row: Webhook = {
      ...webhook,
      id: firstId + this.store.takeId('webhook'),
      add_time: toV1Time(toUtcSeconds(now)),
      last_delivery_time: null,
      last_http_status: null,
      failures: 0,
      bannedUntil: 0,
      lastSuccessAt: now,
    };
    this.webhooks.set(row.id, row);
    return row;
  }

  remove(id: number): boolean {
    return this.webhooks.delete(id);
  }

  matching(event: Pick<AccountEvent, 'action'> & { entity: string }): Webhook[] {
    return this.list().filter(
      (webhook) =>
        (webhook.event_action === '*' || webhook.event_action === event.action) &&
        (webhook.event_object === '*' || webhook.event_object === event.entity),
    );
  }

  isBanned(webhook: Webhook): boolean {
    return webhook.bannedUntil > this.store.clock.now();
  }

  /** Books the outcome of an attempt: ten failed first attempts ban, three days without a success remove. */
  noteAttempt(webhook: Webhook, attempt: number, status: number | null, hasSucceeded: boolean): void {
    const now = this.store.clock.now();
    const { banAfterFailures, banMs, removeAfterMs } = this.store.settings.webhooks;
    webhook.last_delivery_time = toV1Time(toUtcSeconds(now));
    webhook.last_http_status = status;
    if (hasSucceeded) {
      webhook.lastSuccessAt = now;
      return;
    }
    if (now - webhook.lastSuccessAt > removeAfterMs) this.remove(webhook.id);
    if (attempt !== 1) return;
    webhook.failures += 1;
    if (webhook.failures < banAfterFailures) return;
    webhook.failures = 0;
    webhook.bannedUntil = now + banMs;
  }
}

/** Credentials come back encrypted, anew each time: nobody can compare them. */
const encrypted = (secret: string | null): string | null =>
  secret === null ? null : `v1u:AQIB${randomBytes(24).toString('base64')}`;

/** A webhook as the API shows it. */
export const presentWebhook = (companyId: number, webhook: Webhook): Record<string, unknown> => ({
  id: webhook.id,
  company_id: companyId,
  owner_id: webhook.owner_id,
  user_id: webhook.user_id,
  event_action: webhook.event_action,
  event_object: webhook.event_object,
  subscription_url: webhook.subscription_url,
  version: '2.0',
  is_active: 1,
  add_time: webhook.add_time,
  remove_time: null,
  type: 'general',
  http_auth_user: encrypted(webhook.http_auth_user),
  http_auth_password: encrypted(webhook.http_auth_password),
  remove_reason: null,
  last_delivery_time: webhook.last_delivery_time,
  last_http_status: webhook.last_http_status,
  admin_id: webhook.owner_id,
  name: webhook.name,
});
