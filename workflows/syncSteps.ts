/** What the sync's activities take and give. Shared by both sides; pure. */
import type { OrganizationSearch } from '../domain/pipedrive/searches.ts';
import type { Step } from '../domain/pipedrive/plan.ts';

/** A record of a company, by Hermes id. */
export interface RecordTarget {
  companyId: number;
  recordId: number;
}

/**
 * done: the call was made. unneeded: nothing differs any more, or the record is linked already. skipped: cannot be made now (what it
 * hangs on is missing). ambiguous: an earlier create may have happened; look for it. maybeGone: the record was not found; confirm
 * by reading. gone: confirmed, and recorded as a tombstone. present: it exists.
 */
export type StepOutcome = 'done' | 'unneeded' | 'skipped' | 'ambiguous' | 'maybeGone' | 'gone' | 'present';

export interface PlanRequest {
  companyId: number;
  /** Keys of steps that were refused in this run; they are not planned again. */
  refused: string[];
  /** Reasons for the refusals, recorded when nothing else is left to do. */
  reasons: string[];
}

export interface PlanAnswer {
  /** Version of the company that the steps lead to. */
  version: number;
  steps: Step[];
  searches: OrganizationSearch[];
}

/** Names a step within a run. */
export const stepKey = (step: { call: string; recordId: number }): string => `${step.call}:${step.recordId}`;

export type { OrganizationSearch, Step };
