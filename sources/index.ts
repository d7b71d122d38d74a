/** The further senders of webhooks. A new one is a file beside this one, a line here, and its names in workflows/names.ts. */
import type { WebhookSource } from './source.ts';

export const sources: readonly WebhookSource[] = [];
