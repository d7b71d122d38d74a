/** What a call must leave of a downstream's daily budget: a drained budget stops repair first, then webhooks, and bookings last. */
import { priorities, priorityNamed, type PriorityName } from '../../workflows/names.ts';
import type { Reserve } from './limiter.ts';

const shares: Record<PriorityName, number> = { booking: 0, webhook: 0.05, repair: 0.2 };

/**
 * @param system whose budget it is
 * @param priorityKey of the activity; Temporal's own, when it has none, is that of a webhook
 * @returns null when the call may use the budget up
 */
export const reserveOf = (system: string, priorityKey: number = priorities.webhook): Reserve | null => {
  const share = shares[priorityNamed(priorityKey)];
  return share === 0 ? null : { system, share };
};
