/** Records that an event speaks of and Hermes does not have: what was read of them, or that they must be read. */
import type { Fields } from '../../../domain/pipedrive/fields.ts';
import type { PdContext, PdSubject } from './context.ts';
import { lockRemoteRecord } from '../remoteRecord.ts';
import type { PdReference } from './verdict.ts';

export type ReferenceState =
  | { kind: 'read'; subject: PdSubject }
  /** Pipedrive does not have it, or does not let it be read. */
  | { kind: 'unavailable' }
  | { kind: 'readNeeded'; reference: PdReference };

/**
 * What is known of a record that was read for this event. Takes the record's turn.
 *
 * A reading counts when it was made since the event came in: reading once per event is enough, whatever came of it.
 */
export const referenceState = async (
  { trx, receivedAt }: PdContext,
  reference: PdReference,
): Promise<ReferenceState> => {
  const record = await lockRemoteRecord(trx, 'pipedrive', reference.entity, reference.id);
  if (record.read_at === null || record.read_at < receivedAt) return { kind: 'readNeeded', reference };
  if (record.known === null || record.deleted_at !== null) return { kind: 'unavailable' };
  const fields: Fields = record.known;
  return {
    kind: 'read',
    subject: {
      id: reference.id,
      report: { fields, fromApp: true, changed: null },
      isCreate: false,
      isReading: true,
      mergedTo: null,
      mergedFrom: null,
      happenedAt: record.read_at,
      // What was read is the report itself: it must not be compared with itself.
      record: { ...record, known: null },
    },
  };
};
