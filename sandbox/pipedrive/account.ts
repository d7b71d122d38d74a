/**
 * One Pipedrive account: the parts that every route works with.
 */
import type { SearchIndex } from './searchIndex.ts';
import type { PipedriveSettings } from './settings.ts';
import type { Store } from './store.ts';
import type { WebhookDelivery } from './webhooks/delivery.ts';
import type { WebhookRegistry } from './webhooks/registry.ts';
import type { Writes } from './writes.ts';

export interface Account {
  settings: PipedriveSettings;
  store: Store;
  index: SearchIndex;
  writes: Writes;
  registry: WebhookRegistry;
  delivery: WebhookDelivery;
}
