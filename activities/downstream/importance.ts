/** How much a call matters: bookings go before all that wait, and a drained daily budget stops repair first, then webhooks. */
import { priorities, priorityNamed, type PriorityName } from '../../workflows/names.ts';

export interface Importance {
  /** Whose daily budget it is; null where there is none. */
  system: string | null;
  /** The share of the daily budget, 0 to 1, that the call must leave for what matters more. */
  reserve: number;
  /** Whether it goes before the calls that wait. */
  urgent: boolean;
}

const reserves: Record<PriorityName, number> = { booking: 0, webhook: 0.05, repair: 0.2 };

/**
 * @param system that is called
 * @param priorityKey of the activity; Temporal's own, when it has none, is that of a webhook
 */
export const importanceOf = (system: string, priorityKey: number = priorities.webhook): Importance => {
  const name = priorityNamed(priorityKey);
  return { system, reserve: reserves[name], urgent: name === 'booking' };
};
