/** Reads, updates and deletes one linked record in Pipedrive: each is one call, which loads its values when it runs. */
import type { Database } from '../../db/connection.ts';
import { bodyOf, knownFromReading } from '../../domain/pipedrive/fields.ts';
import { planSync, type StepCall } from '../../domain/pipedrive/plan.ts';
import type { SyncedEntity } from '../../domain/pipedrive/syncedRecord.ts';
import type { RecordTarget, StepOutcome } from '../../workflows/syncSteps.ts';
import { callInTurn, dataOf, failureOf } from '../downstream/call.ts';
import { countAge, type Clock } from '../downstream/late.ts';
import { saveRemoteRecord } from '../hermes/remoteRecord.ts';
import type { PipedriveDependencies } from './deps.ts';
import { learnFields, rememberWrite } from './knowledge.ts';
import { loadRecord, type LoadedRecord } from './loadRecord.ts';
import { callsOf } from './remoteCalls.ts';
import { markGone, unlink } from './tombstones.ts';

/** Writes what differs to a linked record (SYN-04, SYN-33). */
export const updateRecord =
  (dependencies: PipedriveDependencies, entity: SyncedEntity, now?: Clock) =>
  async (target: RecordTarget): Promise<StepOutcome> => {
    const { db, limits } = dependencies;
    const checkAge = countAge(now);
    const loaded = await loadRecord(dependencies, entity, target);
    if (loaded === null) return 'skipped';
    const { record } = loaded;
    const { remoteId } = record;
    if (remoteId === null) return 'skipped';
    const changes = record.changes(record.known ?? {});
    if (Object.keys(changes).length === 0) return 'unneeded';

    const body = bodyOf(changes);
    const result = await callInTurn(
      db,
      { system: 'pipedrive', limits: limits.calls, ...target, entity, body },
      (signal) => {
        checkAge();
        return callsOf(dependencies, entity).update(remoteId, body as never, { signal });
      },
      () => rememberWrite(db, entity, remoteId, changes),
    );
    if (!result.ok && result.failure.kind === 'gone') return 'maybeGone';
    const { status } = dataOf(result);
    // The answer tells when somebody closed the deal meanwhile: it is not written to again (SYN-19).
    const learned = typeof status === 'string' ? { ...changes, status } : changes;
    await learnFields(db, entity, remoteId, learned);
    return 'done';
  };

const isDeletionOrdered = async (db: Database, entity: SyncedEntity, remoteId: number): Promise<boolean> => {
  const row = await db('remote_record')
    .where({ system: 'pipedrive', entity, remote_id: remoteId })
    .whereNotNull('deletion_ordered_at')
    .first('remote_id');
  return row !== undefined;
};

/** Reads a linked record whose state is unknown, or whose existence is in doubt (SYN-07, SYN-69). */
export const readRecord =
  (dependencies: PipedriveDependencies, entity: SyncedEntity) =>
  async (target: RecordTarget): Promise<StepOutcome> => {
    const { db, limits, logger } = dependencies;
    const loaded = await loadRecord(dependencies, entity, target);
    if (loaded === null) return 'skipped';
    const { remoteId, wanted } = loaded.record;
    if (remoteId === null) return 'skipped';
    const readAt = new Date();
    const result = await callInTurn(
      db,
      { system: 'pipedrive', limits: limits.calls, ...target, entity },
      (signal) => callsOf(dependencies, entity).get(remoteId, { signal }),
    );
    if (!result.ok && result.failure.kind === 'gone') {
      // By our own order, whose answer was lost, and which nobody wants any more: it is made anew.
      const ordered = await isDeletionOrdered(db, entity, remoteId);
      await (ordered ? unlink : markGone)(db, entity, target.recordId, remoteId);
      logger.warn(
        { companyId: target.companyId, entity, recordId: target.recordId, remoteId, ordered },
        'the record is gone in Pipedrive',
      );
      return 'gone';
    }
    const data = dataOf(result);
    await saveRemoteRecord(db, 'pipedrive', entity, remoteId, {
      known: knownFromReading(data, wanted),
      in_doubt: [],
      read_at: readAt,
      deletion_ordered_at: null,
    });
    return 'present';
  };

const deleteCalls = {
  organization: 'deleteOrganization',
  person: 'deletePerson',
  deal: 'deleteDeal',
  activity: 'deleteActivity',
} as const satisfies Record<SyncedEntity, StepCall>;

/** While Pipedrive was away the company may have become one that belongs there. */
const isDeletionDue = ({ state }: LoadedRecord, entity: SyncedEntity, recordId: number): boolean =>
  planSync(state.input).some((step) => step.call === deleteCalls[entity] && step.recordId === recordId);

/** Deletes a record of a company that must not be in Pipedrive (NARC-03 to NARC-05, NARC-10, NARC-12). */
export const deleteRecord =
  (dependencies: PipedriveDependencies, entity: SyncedEntity, now?: Clock) =>
  async (target: RecordTarget): Promise<StepOutcome> => {
    const { db, limits } = dependencies;
    const checkAge = countAge(now);
    const loaded = await loadRecord(dependencies, entity, target);
    if (loaded === null) return 'skipped';
    const { remoteId } = loaded.record;
    if (remoteId === null || !isDeletionDue(loaded, entity, target.recordId)) return 'unneeded';
    // Recorded before the call, so that its echo is not taken for a user's deletion.
    await saveRemoteRecord(db, 'pipedrive', entity, remoteId, { deletion_ordered_at: new Date() });
    const result = await callInTurn(
      db,
      { system: 'pipedrive', limits: limits.calls, ...target, entity },
      (signal) => {
        checkAge();
        return callsOf(dependencies, entity).delete(remoteId, { signal });
      },
    );
    if (!result.ok && result.failure.kind !== 'gone') {
      // Refused, so it is no longer ordered: a deletion that follows is a user's.
      if (result.failure.kind === 'refused') {
        await saveRemoteRecord(db, 'pipedrive', entity, remoteId, { deletion_ordered_at: null });
      }
      throw failureOf(result.failure, result.apiCallId, result.retryDelayMs);
    }
    await unlink(db, entity, target.recordId, remoteId);
    return 'done';
  };
