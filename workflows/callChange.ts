/** What cancelling or moving a booked call takes and gives. Shared by the door, the workflow and the activities; pure. */

export type CallChange =
  | { kind: 'cancel' }
  /** ISO 8601 in UTC. */
  | { kind: 'move'; start: string };

/** Argument of CallChanged. */
export interface CallChangeInput {
  meetingId: number;
  change: CallChange;
  /** Epoch milliseconds after which the visitor was told that it failed: nothing may change then. */
  expiresAt: number;
}

/** Name of the update that the visitor waits for. */
export const changeUpdateName = 'change';

/** Workflow id: the meeting, and something that tells its changes apart. */
export const callChangeId = (meetingId: number, change: string): string =>
  `call-change-${meetingId}-${change}`;

/** A call that was cancelled in the records. */
export interface CancelledCall {
  kind: 'cancelled';
  companyId: number | null;
  adminId: number | null;
  eventId: string | null;
  syncNeeded: boolean;
}

/** A call that may be moved; its new slot is held. */
export interface HeldMove {
  kind: 'held';
  holdId: number;
  companyId: number | null;
  adminId: number;
  eventId: string | null;
  start: string;
  end: string;
  /** Where it is until the calendar agrees. */
  oldStart: string;
  oldEnd: string;
}

/** What became of a move that the calendar made. */
export interface FinishedMove {
  /** Whether Pipedrive must follow. */
  syncNeeded: boolean;
  /** The call was cancelled meanwhile: that holds. */
  cancelled?: boolean;
}
