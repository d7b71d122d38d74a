/**
 * Looks for a record that Hermes made before its database was restored to an older moment, in the place of an earlier create whose
 * answer was lost: the lost part of the database was that answer.
 *
 * Persons and deals are listed by their organization; organizations by when they were made, back to the backup. Lists are exact and
 * immediate.
 */
import { findLost, type LostIds, type SoughtRecord } from '../../domain/pipedrive/lostRecord.ts';
import { knownFromReading } from '../../domain/pipedrive/fields.ts';
import { fileReadings } from '../../inbox/reading.ts';
import type { RecordTarget } from '../../workflows/syncSteps.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import { saveRemoteRecord } from '../hermes/remoteRecord.ts';
import type { PipedriveDependencies } from './deps.ts';
import { clockDifferenceMs, pageSize, type FindCreatedAnswer, type Listed } from './listed.ts';
import type { LoadedRecord } from './loadRecord.ts';
import { link, linkedElsewhere } from './tombstones.ts';

type LostEntity = 'organization' | 'person' | 'deal';

interface LostRow extends LostIds {
  since: Date;
}

const soughtOf = (
  { state, record }: LoadedRecord,
  entity: LostEntity,
  recordId: number,
  keys: Awaited<ReturnType<PipedriveDependencies['fieldMap']>>['keys'],
): SoughtRecord => ({
  id: recordId,
  wanted: record.wanted,
  otherEmails: state.contacts.flatMap(({ id, email }) => (id === recordId || email === null ? [] : [email])),
  keys: { hermesId: keys[entity].hermes_id, clientUrl: keys.organization.tc2_cligency_url },
});

const madeAt = ({ add_time: time }: Listed): number =>
  typeof time === 'string' ? Date.parse(time) : Infinity;

/** Reads one page; links the record when it is there, and lets the create be sent when the list ends without it. */
export const readLostPage = async (
  dependencies: PipedriveDependencies,
  entity: LostEntity,
  target: RecordTarget,
  loaded: LoadedRecord,
  cursor: string | null,
): Promise<FindCreatedAnswer> => {
  const { db, limits, pipedrive, fieldMap, logger } = dependencies;
  const { recordId, companyId } = target;
  const lost = await db('lost_ids').where({ entity }).select<LostRow[]>('after', 'upto', 'since');
  const page = { limit: pageSize, cursor: cursor ?? undefined };
  const organization = { ...page, org_id: loaded.state.company.pd_org_id ?? undefined };
  const newestFirst = { ...page, sort_by: 'add_time' as const, sort_direction: 'desc' as const };
  const readAt = new Date();
  const result = await callInTurn(
    db,
    { system: 'pipedrive', limits: limits.calls, ...target, entity },
    (signal) => {
      switch (entity) {
        case 'organization':
          return pipedrive.organizations.list(newestFirst, { signal });
        case 'person':
          return pipedrive.persons.list(organization, { signal });
        case 'deal':
          return pipedrive.deals.list(organization, { signal });
      }
    },
  );
  const { items, nextCursor } = dataOf(result);
  const records = items as Listed[];
  const backup = Math.min(...lost.map(({ since }) => since.getTime())) - clockDifferenceMs;
  const isPast = entity === 'organization' && records.some((record) => madeAt(record) < backup);
  const next = isPast ? null : nextCursor;
  const taken = await linkedElsewhere(
    db,
    entity,
    recordId,
    records.map(({ id }) => id),
  );
  const sought = soughtOf(loaded, entity, recordId, (await fieldMap()).keys);
  const found = findLost(entity, records, sought, lost, taken);
  if (found === null) {
    if (next === null) {
      await db('create_intent')
        .where({ entity, record_id: recordId, state: 'looking' })
        .update({ state: 'free' });
    }
    return { found: false, cursor: next };
  }
  await db.transaction(async (trx) => {
    await saveRemoteRecord(trx, 'pipedrive', entity, found.id, {
      known: knownFromReading(found, loaded.record.wanted),
      in_doubt: [],
      read_at: readAt,
    });
    await link(trx, entity, recordId, found.id);
    if (entity !== 'deal') return;
    // What people did with the deal, its stage and its end, is read as their change.
    const key = `lost:${entity}:${found.id}:${recordId}`;
    await fileReadings(trx, [{ entity, record: found, readAt, companyId, key, by: 'restore' }]);
  });
  logger.info(
    { companyId, entity, recordId, remoteId: found.id },
    'a record from before the restore is linked',
  );
  return { found: true, cursor: null };
};
