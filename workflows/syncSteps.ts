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
  /** Keys of steps that were refused, or could not be made, in this pass; they are not planned again in it. */
  settled: string[];
  /** Reasons of the refusals, recorded when nothing else is left to do. */
  refusals: string[];
}

export interface PlanAnswer {
  /** Version of the company that the steps lead to. */
  version: number;
  steps: Step[];
  /** How to look for the organization before it is created. */
  searches: OrganizationSearch[];
  /** Milliseconds since the company was last found in sync. */
  msSinceSync: number | null;
  /** Whether the version was recorded as refused. */
  refused: boolean;
}

/** What a comparison with TutorCruncher is told of the call before. */
export interface WriteBackRequest {
  companyId: number;
  /** Why the last call was refused, to be recorded. */
  refusal: string | null;
  /** Version that was refused: by now there may be another, which was not sent yet. */
  refusedVersion?: number;
}

/** The same for TutorCruncher: at most one call. */
export interface WriteBackPlan {
  version: number;
  /** Names of the attributes that differ; empty when TC2 holds what is wanted. */
  attributes: string[];
}

/** Names a step within a run. */
export const stepKey = (step: { call: string; recordId: number }): string => `${step.call}:${step.recordId}`;

export type { OrganizationSearch, Step };
