import type { PriorityName } from '../../workflows/names.ts';

/** What applying an event came to. Ids, states and field names only: it lands in the history. */
export type EventResult =
  | {
      kind: 'done';
      outcome: 'applied' | 'unchanged' | 'stale' | 'ignored';
      companyId: number | null;
      /** Whether a sync of the company is due. */
      syncNeeded: boolean;
      priority: PriorityName;
      reason: string | null;
    }
  /** Cannot be applied as it is; recorded, visible, and healed by a replay. */
  | { kind: 'failed'; type: string; message: string; companyId: number | null }
  /** What holds must be read from the sender's API first. */
  | { kind: 'readNeeded' }
  /** Waits for something that does not exist yet; asked again until it does. */
  | { kind: 'parked'; waitingFor: string; message: string };
