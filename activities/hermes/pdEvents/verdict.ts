/** What came of one record's report. */
import type { PipedriveEntity } from '../../../domain/pipedriveWebhook/envelope.ts';

/** A record that must be read from Pipedrive before the event can be applied. */
export interface PdReference {
  entity: PipedriveEntity;
  id: number;
}

export type PdVerdict =
  /** Applied, or found to change nothing. */
  | { kind: 'stored'; companyId: number | null; changed: boolean; note: string | null }
  | { kind: 'ignored'; companyId: number | null; reason: string }
  /** Waits for what only an operator can add; `stored` tells whether the rest was applied. */
  | { kind: 'parked'; companyId: number | null; waitingFor: string; message: string; stored: boolean }
  /** Null: the event's own record. */
  | { kind: 'readNeeded'; reference: PdReference | null };

export const ignored = (reason: string): PdVerdict => ({ kind: 'ignored', companyId: null, reason });

/** Waits for a record of Pipedrive that Hermes knows nothing of. */
export const waitingForRecord = (entity: 'pipeline' | 'stage', id: number): PdVerdict => ({
  kind: 'parked',
  companyId: null,
  waitingFor: `${entity}:${id}`,
  message: `${entity} ${id} is not known to Hermes`,
  stored: false,
});

/** Waits for the admin who is the owner, a user of Pipedrive. Nothing was applied. */
export const waitingForOwner = (owner: number): PdVerdict => ({
  kind: 'parked',
  companyId: null,
  waitingFor: `owner:${owner}`,
  message: `the owner (Pipedrive user ${owner}) is no admin of Hermes`,
  stored: false,
});

/** The same, where everything but the owner was applied. */
export const storedWithoutOwner = (owner: number, companyId: number): PdVerdict => ({
  kind: 'parked',
  companyId,
  waitingFor: `owner:${owner}`,
  message: `the owner (Pipedrive user ${owner}) is no admin of Hermes; the rest was applied`,
  stored: true,
});
