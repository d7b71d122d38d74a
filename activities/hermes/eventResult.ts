import type { PriorityName } from '../../workflows/names.ts';

export interface EventDone {
  kind: 'done';
  outcome: 'applied' | 'unchanged' | 'stale' | 'ignored';
  companyId: number | null;
  /** Whether a sync of the company is due. */
  syncNeeded: boolean;
  /** Other companies whose sync is due: a merge may move a link. */
  furtherSyncs?: number[];
  priority: PriorityName;
  reason: string | null;
}

export interface EventFailure {
  type: string;
  message: string;
  companyId: number | null;
}

/** What applying an event came to. Ids, states and field names only: it lands in the history. */
export type EventResult =
  | EventDone
  /** Cannot be applied as it is; recorded, visible, and healed by a replay. */
  | ({ kind: 'failed' } & EventFailure)
  /** What holds must be read from the sender's API first. */
  | { kind: 'readNeeded' }
  /** Waits for something that does not exist yet; asked again until it does. The syncs are due because of what was applied already. */
  | { kind: 'parked'; waitingFor: string; message: string; furtherSyncs?: number[] };
