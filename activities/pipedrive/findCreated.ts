/**
 * Looks for a record whose create may have happened though its answer was lost: among the records changed since the intent, by our
 * own id in its hermes_id field. Listing is exact and immediate, where searching lags.
 *
 * Not finding it proves something only once the create is over: of a run that was cancelled the call goes on for a while.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { Database } from '../../db/connection.ts';
import { customField, knownOfOwn, sameValue, type Fields } from '../../domain/pipedrive/fields.ts';
import { isAlike } from '../../domain/pipedrive/naturalIdentity.ts';
import type { SyncedEntity } from '../../domain/pipedrive/syncedRecord.ts';
import type { RecordTarget } from '../../workflows/syncSteps.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import type { PipedriveDependencies } from './deps.ts';
import { readLostPage } from './findLost.ts';
import { clockDifferenceMs, pageSize, type FindCreatedAnswer, type Listed } from './listed.ts';
import { loadRecord } from './loadRecord.ts';
import { keepCreated, linkedElsewhere } from './tombstones.ts';

const customOf = (record: Listed): Record<string, unknown> =>
  typeof record.custom_fields === 'object' && record.custom_fields !== null
    ? (record.custom_fields as Record<string, unknown>)
    : {};

const isOurs = (record: Listed, wanted: Fields, hermesIdKey: string | undefined): boolean => {
  if (record.is_deleted === true) return false;
  if (hermesIdKey !== undefined) {
    return sameValue(wanted[customField(hermesIdKey)], customOf(record)[hermesIdKey]);
  }
  return isAlike(record, wanted);
};

interface Intent {
  state: 'sent' | 'looking' | 'free';
  intended_at: Date;
  /** As PostgreSQL writes it: a Date has milliseconds only, which do not tell it from the next one. */
  intended_text: string;
  company_version: number | null;
  /** Milliseconds from the list's beginning until the create cannot happen any more. */
  over_in_ms: number;
}

/** An activity that did not tell how its call ended is over when Temporal's time for it is (proxies.ts). */
const longestCallSeconds = 60;

const overInMs = (db: Database) =>
  db.raw(
    `(extract(epoch from coalesce(over_at, intended_at + ? * interval '1 second') - clock_timestamp()) * 1000)::float as over_in_ms`,
    [longestCallSeconds],
  );

/** The next look comes soon: the create may end well, and link its record, at any moment. */
const nextLookMs = 2000;

const stillUnderWay = (entity: SyncedEntity, overInMilliseconds: number): ApplicationFailure =>
  ApplicationFailure.create({
    type: 'UnknownResult',
    message: `an earlier create of the ${entity} may still be under way`,
    nextRetryDelay: Math.ceil(Math.min(overInMilliseconds, nextLookMs)),
  });

export interface FindCreatedRequest extends RecordTarget {
  cursor: string | null;
}

/** Reads one page of the list; links the record when it is there, forgets the intent when the list ends without it. */
export const findCreatedRecord =
  (dependencies: PipedriveDependencies, entity: SyncedEntity) =>
  async ({ cursor, ...target }: FindCreatedRequest): Promise<FindCreatedAnswer> => {
    const { db, limits, pipedrive, fieldMap } = dependencies;
    const nothing: FindCreatedAnswer = { found: true, cursor: null };
    const loaded = await loadRecord(dependencies, entity, target);
    if (loaded === null || loaded.record.remoteId !== null) return nothing;
    const intents = db('create_intent').where({ entity, record_id: target.recordId });
    const intent = (await intents
      .clone()
      .first(
        'state',
        'intended_at',
        'company_version',
        db.raw('intended_at::text as intended_text'),
        overInMs(db),
      )) as Intent | undefined;
    if (intent === undefined || intent.state === 'free') return { found: false, cursor: null };
    if (intent.state === 'looking' && entity !== 'activity') {
      return readLostPage(dependencies, entity, target, loaded, cursor);
    }

    const calls = {
      organization: pipedrive.organizations,
      person: pipedrive.persons,
      deal: pipedrive.deals,
      activity: pipedrive.activities,
    }[entity];
    const params = {
      updated_since: new Date(intent.intended_at.getTime() - clockDifferenceMs),
      sort_by: 'update_time' as const,
      sort_direction: 'desc' as const,
      limit: pageSize,
      cursor: cursor ?? undefined,
    };
    const result = await callInTurn(
      db,
      { system: 'pipedrive', limits: limits.calls, ...target, entity },
      (signal) => calls.list(params, { signal }),
    );
    const page = dataOf(result);
    const map = await fieldMap();
    const hermesIdKey = entity === 'activity' ? undefined : map.keys[entity].hermes_id;
    const { wanted, created } = loaded.record;
    const records = page.items as Listed[];
    const alike = records.filter((record) => isOurs(record, wanted, hermesIdKey));
    const taken = await linkedElsewhere(
      db,
      entity,
      target.recordId,
      alike.map(({ id }) => id),
    );
    const match = alike.find(({ id }) => !taken.has(id));
    if (match !== undefined) {
      const held = knownOfOwn(match, { ...wanted, ...created });
      // Unless the company changed since the create was sent, what differs was changed over there: its webhook tells of it, and it
      // must not be written over before.
      const isAsSent = intent.company_version === loaded.state.company.wanted_version;
      await keepCreated(dependencies, entity, target, match.id, isAsSent ? { ...held, ...created } : held);
      return nothing;
    }
    // Further pages prove nothing either: what is made now comes first in the list.
    if (intent.over_in_ms > 0) throw stillUnderWay(entity, intent.over_in_ms);
    if (page.nextCursor === null) {
      await intents.whereRaw('intended_at = ?::timestamptz', [intent.intended_text]).delete();
    }
    return { found: false, cursor: page.nextCursor };
  };
