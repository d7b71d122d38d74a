/**
 * Sends events to the registered webhooks, as unreliably as Pipedrive does.
 *
 * A delivery succeeds with any 2xx within the timeout; else it is repeated after 3, 30 and 150 s and then dropped. Nothing is
 * kept in order. Tests can hold events back and let them go doubled or in another order, and make waits end at once.
 */
import { randomUUID } from 'node:crypto';
import type { Store } from '../store.ts';
import type { AccountEvent } from '../writes.ts';
import { eventBody, type Json } from './payload.ts';
import type { Webhook, WebhookRegistry } from './registry.ts';

export interface Attempt {
  attempt: number;
  at: Date;
  status: number | null;
  /** Why there is no status. */
  error?: string;
}

export type DeliveryState = 'held' | 'waiting' | 'sending' | 'delivered' | 'dropped' | 'lost';

export interface Payload {
  meta: Json & { id: string };
  data: Json | null;
  previous: Json | null;
}

export interface Delivery {
  /** meta.id of the payload; the same for every attempt and every copy. */
  id: string;
  webhookId: number;
  url: string;
  payload: Payload;
  attempts: Attempt[];
  /** `lost`: the webhook was banned when it happened. */
  state: DeliveryState;
}

export interface ReleaseOptions {
  order?: 'fifo' | 'reverse';
  /** How often each event is delivered. */
  copies?: number;
}

export class WebhookDelivery {
  /** Everything that was to be delivered, oldest first. */
  readonly deliveries: Delivery[] = [];
  private readonly store: Store;
  private readonly registry: WebhookRegistry;
  private held: Delivery[] | undefined;
  private running = 0;
  private inFlight = 0;
  private readonly queue: (() => void)[] = [];
  private readonly waits = new Set<() => void>();
  private readonly idlers = new Set<() => void>();
  private isFlushing = false;
  private stopping = new AbortController();

  constructor(store: Store, registry: WebhookRegistry) {
    this.store = store;
    this.registry = registry;
  }

  /** Turns what happened into deliveries. */
  publish(event: AccountEvent): void {
    const { settings } = this.store;
    if (!settings.webhooks.emitUnchanged && isUnchanged(this.store, event)) return;
    const targets = this.registry.matching(event);
    if (targets.length === 0) return;
    const body = eventBody(this.store, event);
    const correlationId = randomUUID();
    for (const webhook of targets) {
      const meta = this.meta(event, webhook, correlationId);
      this.admit(webhook, { meta, ...body });
    }
  }

  /** Sends a payload of the caller's making to every webhook, or to one, past all filters. */
  send(payload: Payload, webhookId?: number): void {
    const targets = this.registry.list().filter(({ id }) => webhookId === undefined || id === webhookId);
    for (const webhook of targets) this.admit(webhook, structuredClone(payload));
  }

  /** Keeps what happens from now on back. */
  hold(): void {
    this.held ??= [];
  }

  /** Lets go what was held back, in the order and number asked for. */
  release({ order = 'fifo', copies = 1 }: ReleaseOptions = {}): void {
    const held = this.held ?? [];
    this.held = undefined;
    if (order === 'reverse') held.reverse();
    for (const delivery of held) {
      this.start(delivery);
      for (let copy = 1; copy < copies; copy += 1) this.repeat(delivery);
    }
  }

  /** Delivers an event once more, with the same meta.id. */
  resend(id: string): void {
    const delivery = this.deliveries.find((candidate) => candidate.id === id);
    if (delivery !== undefined) this.repeat(delivery);
  }

  /** Resolves when nothing is waiting or being sent; what is held back does not count. */
  idle(): Promise<void> {
    if (this.running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.idlers.add(resolve);
    });
  }

  /** Ends every wait, the ones between attempts too, until nothing is left to be sent. */
  async flush(): Promise<void> {
    this.isFlushing = true;
    for (const end of this.waits) end();
    await this.idle();
    this.isFlushing = false;
  }

  /** Drops everything under way. */
  stop(): void {
    this.stopping.abort();
    this.stopping = new AbortController();
    for (const end of this.waits) end();
    this.held = undefined;
  }

  clear(): void {
    this.stop();
    this.deliveries.length = 0;
  }

  private meta(event: AccountEvent, webhook: Webhook, correlationId: string): Payload['meta'] {
    const { settings, clock, users } = this.store;
    return {
      action: event.action,
      company_id: String(settings.companyId),
      user_id: String(event.actor.userId),
      correlation_id: correlationId,
      entity_id: String(event.id),
      entity: event.entity,
      id: randomUUID(),
      webhook_id: String(webhook.id),
      webhook_owner_id: String(webhook.owner_id),
      timestamp: new Date(clock.now() + settings.webhooks.clockOffsetMs).toISOString(),
      type: 'general',
      version: '2.0',
      change_source: event.actor.source,
      attempt: 1,
      host: `${settings.companyDomain}.pipedrive.com`,
      is_bulk_edit: event.bulk,
      permitted_user_ids: [...users.values()]
        .filter((user) => user.active_flag)
        .map((user) => String(user.id)),
      ...(event.mergedToId === undefined ? {} : { merged_to_id: String(event.mergedToId) }),
      ...(event.mergedFromId === undefined ? {} : { merged_from_id: String(event.mergedFromId) }),
    };
  }

  private admit(webhook: Webhook, payload: Payload): void {
    const delivery = this.log(webhook.id, webhook.subscription_url, payload);
    if (this.registry.isBanned(webhook)) {
      delivery.state = 'lost';
      return;
    }
    if (this.held !== undefined) {
      this.held.push(delivery);
      return;
    }
    this.start(delivery);
    for (let copy = 0; copy < this.store.settings.webhooks.duplicates; copy += 1) this.repeat(delivery);
  }

  private log(webhookId: number, url: string, payload: Payload): Delivery {
    const { id } = payload.meta;
    const delivery: Delivery = { id, webhookId, url, payload, attempts: [], state: 'held' };
    this.deliveries.push(delivery);
    const { kept } = this.store.settings.webhooks;
    if (this.deliveries.length > kept) this.deliveries.splice(0, this.deliveries.length - kept);
    return delivery;
  }

  private repeat({ webhookId, url, payload }: Delivery): void {
    this.start(this.log(webhookId, url, payload));
  }

  private start(delivery: Delivery): void {
    this.running += 1;
    delivery.state = 'waiting';
    void this.run(delivery, this.stopping.signal).finally(() => {
      this.running -= 1;
      if (this.running > 0) return;
      for (const done of this.idlers) done();
      this.idlers.clear();
    });
  }

  private async run(delivery: Delivery, stopped: AbortSignal): Promise<void> {
    const { delayMs, retryDelaysMs } = this.store.settings.webhooks;
    const waits = [delayMs, ...retryDelaysMs];
    for (const [index, wait] of waits.entries()) {
      delivery.state = 'waiting';
      await this.wait(wait);
      const webhook = this.registry.get(delivery.webhookId);
      if (stopped.aborted || webhook === undefined) break;
      delivery.state = 'sending';
      const result = await this.attempt(delivery, webhook, index + 1, stopped);
      delivery.attempts.push(result);
      if (stopped.aborted) break;
      const hasSucceeded = result.status !== null && result.status >= 200 && result.status < 300;
      this.registry.noteAttempt(webhook, index + 1, result.status, hasSucceeded);
      if (!hasSucceeded) continue;
      delivery.state = 'delivered';
      return;
    }
    delivery.state = 'dropped';
  }

  private async attempt(
    { url, payload }: Delivery,
    { http_auth_user, http_auth_password }: Webhook,
    attempt: number,
    stopped: AbortSignal,
  ): Promise<Attempt> {
    await this.enter();
    const at = new Date();
    const basic =
      http_auth_user === null
        ? undefined
        : Buffer.from(`${http_auth_user}:${http_auth_password ?? ''}`).toString('base64');
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Pipedrive Webhooks',
          ...(basic === undefined ? {} : { authorization: `Basic ${basic}` }),
        },
        body: JSON.stringify({ ...payload, meta: { ...payload.meta, attempt } }),
        signal: AbortSignal.any([stopped, AbortSignal.timeout(this.store.settings.webhooks.timeoutMs)]),
      });
      await response.arrayBuffer();
      return { attempt, at, status: response.status };
    } catch (error) {
      return { attempt, at, status: null, error: describe(error) };
    } finally {
      this.leave();
    }
  }

  /** Waits for a place among the deliveries in flight. */
  private async enter(): Promise<void> {
    if (this.inFlight >= this.store.settings.webhooks.concurrency) {
      await new Promise<void>((resolve) => {
        this.queue.push(resolve);
      });
    }
    this.inFlight += 1;
  }

  private leave(): void {
    this.inFlight -= 1;
    this.queue.shift()?.();
  }

  private wait(ms: number): Promise<void> {
    if (ms <= 0 || this.isFlushing) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.waits.add(end);
    });
  }
}

const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
};

const isUnchanged = (store: Store, event: AccountEvent): boolean => {
  if (event.action !== 'change') return false;
  const changed = Object.keys(eventBody(store, event).previous ?? {});
  return changed.every((key) => key === 'update_time');
};
