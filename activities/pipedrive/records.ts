/**
 * Create, read, update and delete of one record in Pipedrive: each is one call, which loads its values when it runs.
 *
 * What differs between organizations, persons, deals and activities is in `record(s)`; the way of a call is the same for all.
 */
import type { CallOptions, CallResult } from '../../clients/failure.ts';
import type { Database } from '../../db/connection.ts';
import { prepared } from '../../db/prepared.ts';
import { dealChanges, organizationChanges, personChanges } from '../../domain/pipedrive/changes.ts';
import { isPaying } from '../../domain/company/terms.ts';
import { bodyOf, filledFields, knownFromReading, type Fields } from '../../domain/pipedrive/fields.ts';
import type { RecordTarget, StepOutcome } from '../../workflows/syncSteps.ts';
import { callInTurn, dataOf, failureOf, type CallSubject, type LoggedResult } from '../downstream/call.ts';
import { loadCompanyState, type CompanyState } from './companyState.ts';
import type { PipedriveDependencies } from './deps.ts';
import { learnFields, rememberWrite } from './knowledge.ts';
import { saveRemoteRecord } from '../hermes/remoteRecord.ts';
import { keepCreated, markGone, unlink, type LinkedEntity } from './tombstones.ts';

/** One record of a loaded company. */
interface SyncedRecord {
  remoteId: number | null;
  wanted: Fields;
  known: Fields | null;
  /** What a create sends; null when it must not be created now. */
  created: Fields | null;
  /** What an update sends, given what is known. */
  changes: (known: Fields) => Fields;
}

type RemoteData = { id: number; custom_fields?: unknown } & Record<string, unknown>;

interface RemoteCalls {
  get: (id: number, options: CallOptions) => Promise<CallResult<RemoteData>>;
  create: (body: never, options: CallOptions) => Promise<CallResult<RemoteData>>;
  update: (id: number, body: never, options: CallOptions) => Promise<CallResult<RemoteData>>;
  delete: (id: number, options: CallOptions) => Promise<CallResult<void>>;
}

const organizationOf = ({ input }: CompanyState): SyncedRecord => ({
  remoteId: input.company.pd_org_id,
  wanted: input.company.wanted,
  known: input.company.known,
  created: filledFields(input.company.wanted),
  changes: (known) => organizationChanges(input.company.wanted, known),
});

const personOf = ({ input }: CompanyState, contactId: number): SyncedRecord | null => {
  const contact = input.contacts.find(({ id }) => id === contactId);
  if (contact === undefined) return null;
  const creatable = input.company.pd_org_id !== null && !contact.is_deleted;
  return {
    remoteId: contact.pd_person_id,
    wanted: contact.wanted,
    known: contact.known,
    created: creatable ? { ...filledFields(contact.wanted), marketing_status: 'subscribed' } : null,
    changes: (known) => personChanges(contact.wanted, known),
  };
};

const dealOf = ({ input, deals }: CompanyState, dealId: number): SyncedRecord | null => {
  const deal = input.deals.find(({ id }) => id === dealId);
  if (deal === undefined) return null;
  const entry = deals.find(({ id }) => id === dealId);
  const creatable = input.company.pd_org_id !== null && deal.status === 'open';
  return {
    remoteId: deal.pd_deal_id,
    wanted: deal.wanted,
    known: deal.known,
    created: creatable
      ? {
          ...filledFields({
            ...deal.wanted,
            pipeline_id: entry?.pd_pipeline_id ?? null,
            stage_id: entry?.pd_stage_id ?? null,
          }),
          status: 'open',
        }
      : null,
    changes: (known) => {
      if (deal.status !== 'open') {
        return deal.status === 'lost' && known.status === 'open' ? { status: 'lost' } : {};
      }
      return dealChanges(isPaying(input.company) ? deal.wantedCount : deal.wanted, known);
    },
  };
};

const activityOf = ({ input }: CompanyState, meetingId: number): SyncedRecord | null => {
  const meeting = input.meetings.find(({ id }) => id === meetingId);
  if (meeting === undefined) return null;
  const creatable =
    input.company.pd_org_id !== null &&
    meeting.activity_wanted &&
    meeting.status !== 'CANCELED' &&
    meeting.wanted.participants !== null;
  return {
    remoteId: meeting.pd_activity_id,
    wanted: meeting.wanted,
    known: meeting.known,
    created: creatable ? filledFields(meeting.wanted) : null,
    changes: (known) => dealChanges(meeting.wanted, known),
  };
};

/** Loads the record of a step. Null when it is gone from Hermes. */
export const loadRecord = async (
  dependencies: PipedriveDependencies,
  entity: LinkedEntity,
  { companyId, recordId }: RecordTarget,
): Promise<{ record: SyncedRecord; state: CompanyState } | null> => {
  const { db, environment, fieldMap } = dependencies;
  const state = await loadCompanyState(db, environment, await fieldMap(), companyId);
  if (state === null) return null;
  const find = {
    organization: () => organizationOf(state),
    person: () => personOf(state, recordId),
    deal: () => dealOf(state, recordId),
    activity: () => activityOf(state, recordId),
  }[entity];
  const record = find();
  return record === null ? null : { record, state };
};

const callsOf = ({ pipedrive }: PipedriveDependencies, entity: LinkedEntity): RemoteCalls =>
  ({
    organization: pipedrive.organizations,
    person: pipedrive.persons,
    deal: pipedrive.deals,
    activity: pipedrive.activities,
  })[entity];

/** An earlier create is unresolved: nothing may be sent. */
class AmbiguousCreate extends Error {
  override name = 'AmbiguousCreate';
}

/** After a restore what is about to be made may be there: so long it is looked for first. */
const lookingDays = 30;

/** Says that a create is about to be sent. @throws AmbiguousCreate when something must be looked for before */
const declareIntent = async (db: Database, entity: LinkedEntity, recordId: number): Promise<void> => {
  const [intent] = await prepared<{ state: string }>(
    db,
    'declare_intent',
    `insert into create_intent as intent (entity, record_id, state, over_at)
     select :entity, :recordId, case when restored then 'looking' else 'sent' end, case when restored then now() end
       from (
         select exists (
           select from lost_ids where entity = :entity and noted_at > now() - interval '${lookingDays} days'
         ) as restored
       ) as history
     on conflict (entity, record_id) do update set state = 'sent', intended_at = now(), over_at = null
       where intent.state = 'free'
     returning state`,
    { entity, recordId },
  );
  if (intent?.state !== 'sent') throw new AmbiguousCreate();
};

/**
 * Whether a person was refused for its marketing status: accounts without the campaigns add-on take none. A person that may not be
 * made at all is refused again without it.
 */
const lacksCampaigns = (result: LoggedResult<unknown>, created: Fields): boolean =>
  !result.ok &&
  result.failure.kind === 'refused' &&
  result.failure.status === 403 &&
  'marketing_status' in created;

const withoutMarketing = (created: Fields): Fields =>
  Object.fromEntries(Object.entries(created).filter(([name]) => name !== 'marketing_status'));

/** Creates the record and links it (SYN-03, SYN-11, SYN-15, ACT-04). */
export const createRecord =
  (dependencies: PipedriveDependencies, entity: LinkedEntity) =>
  async (target: RecordTarget): Promise<StepOutcome> => {
    const { db, limits } = dependencies;
    const loaded = await loadRecord(dependencies, entity, target);
    if (loaded === null) return 'skipped';
    const { record } = loaded;
    if (record.remoteId !== null) return 'unneeded';
    if (record.created === null) return 'skipped';
    const intent = db('create_intent').where({ entity, record_id: target.recordId });
    let created: Fields = record.created;
    let declared = false;
    let sent = false;
    const declare = async (): Promise<void> => {
      await declareIntent(db, entity, target.recordId);
      declared = true;
    };
    const create = (first?: () => Promise<void>) => {
      const body = bodyOf(created);
      const subject: CallSubject = { system: 'pipedrive', limits: limits.calls, ...target, entity, body };
      const call = (signal: AbortSignal) => {
        sent = true;
        return callsOf(dependencies, entity).create(body as never, { signal });
      };
      return callInTurn(db, subject, call, first);
    };
    let result;
    try {
      result = await create(declare);
      if (lacksCampaigns(result, created)) {
        created = withoutMarketing(created);
        result = await create();
      }
    } catch (error) {
      if (error instanceof AmbiguousCreate) return 'ambiguous';
      // Without a turn nothing was sent; otherwise the record may exist, though we could not write down the answer.
      if (declared) await (sent ? intent.update({ over_at: db.fn.now() }) : intent.delete());
      throw error;
    }
    if (!result.ok) {
      const { failure, apiCallId, retryDelayMs } = result;
      await (failure.mayHaveHappened
        ? intent.update({
            over_at: db.raw(`clock_timestamp() + ? * interval '1 millisecond'`, [retryDelayMs ?? 0]),
          })
        : intent.delete());
      throw failureOf(failure, apiCallId, retryDelayMs);
    }
    await keepCreated(db, entity, target.recordId, result.data.id, created);
    return 'done';
  };

/** Writes what differs to a linked record (SYN-04, SYN-33). */
export const updateRecord =
  (dependencies: PipedriveDependencies, entity: LinkedEntity) =>
  async (target: RecordTarget): Promise<StepOutcome> => {
    const { db, limits } = dependencies;
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
      (signal) => callsOf(dependencies, entity).update(remoteId, body as never, { signal }),
      () => rememberWrite(db, entity, remoteId, changes),
    );
    if (!result.ok && result.failure.kind === 'gone') return 'maybeGone';
    const { status } = dataOf(result);
    // The answer tells when somebody closed the deal meanwhile: it is not written to again (SYN-19).
    const learned = typeof status === 'string' ? { ...changes, status } : changes;
    await learnFields(db, entity, remoteId, learned);
    return 'done';
  };

/** Reads a linked record whose state is unknown, or whose existence is in doubt (SYN-07, SYN-69). */
export const readRecord =
  (dependencies: PipedriveDependencies, entity: LinkedEntity) =>
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
      await markGone(db, entity, target.recordId, remoteId);
      logger.warn(
        { companyId: target.companyId, entity, recordId: target.recordId, remoteId },
        'the record is gone in Pipedrive',
      );
      return 'gone';
    }
    const data = dataOf(result);
    await saveRemoteRecord(db, 'pipedrive', entity, remoteId, {
      known: knownFromReading(data, wanted),
      in_doubt: [],
      read_at: readAt,
    });
    return 'present';
  };

/** Deletes a record of a company that must not be in Pipedrive (NARC-03 to NARC-05, NARC-10, NARC-12). */
export const deleteRecord =
  (dependencies: PipedriveDependencies, entity: LinkedEntity) =>
  async (target: RecordTarget): Promise<StepOutcome> => {
    const { db, limits } = dependencies;
    const loaded = await loadRecord(dependencies, entity, target);
    if (loaded === null) return 'skipped';
    const { remoteId } = loaded.record;
    if (remoteId === null) return 'unneeded';
    // Recorded before the call, so that its echo is not taken for a user's deletion.
    await saveRemoteRecord(db, 'pipedrive', entity, remoteId, { deletion_ordered_at: new Date() });
    const result = await callInTurn(
      db,
      { system: 'pipedrive', limits: limits.calls, ...target, entity },
      (signal) => callsOf(dependencies, entity).delete(remoteId, { signal }),
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
