/** Creates one record in Pipedrive: one call, or two for an account that takes no marketing status. */
import { bodyOf, type Fields } from '../../domain/pipedrive/fields.ts';
import type { SyncedEntity } from '../../domain/pipedrive/syncedRecord.ts';
import type { RecordTarget, StepOutcome } from '../../workflows/syncSteps.ts';
import { callInTurn, failureOf, type CallSubject, type LoggedResult } from '../downstream/call.ts';
import type { Clock } from '../downstream/late.ts';
import { AmbiguousCreate, closeIntent, declareIntent, forgetIntent, type Intent } from './createIntent.ts';
import type { PipedriveDependencies } from './deps.ts';
import { loadRecord } from './loadRecord.ts';
import { callsOf } from './remoteCalls.ts';
import { keepCreated } from './tombstones.ts';

/**
 * Whether a person was refused for its marketing status: accounts without the campaigns add-on take none. A person that may not be
 * made at all is refused again without it.
 */
const lacksCampaigns = (result: LoggedResult<unknown>, created: Fields): boolean =>
  !result.ok &&
  result.failure.kind === 'refused' &&
  result.failure.status === 403 &&
  'marketing_status' in created;

const withoutMarketing = ({ marketing_status: _status, ...created }: Fields): Fields => created;

/**
 * A create is sent at most this long after its intent. With the time that its answer may take it is over when others stop waiting for it
 * (longestCallSeconds); a process that stood still in between must not send what another has made meanwhile.
 */
const latestSendMs = 30_000;

/** What Pipedrive began it may still end after the connection broke, or after a gateway gave up on it. */
const aftermathMs = 5_000;

interface Created {
  id: number;
  owner_id?: number | null | undefined;
}

interface Creation {
  intent: Intent | null;
  result: LoggedResult<Created>;
  /** What the last create sent. */
  created: Fields;
}

/** What is made without an owner gets the key's user for one: Pipedrive's choice, which its webhook must not bring as news. */
const heldAfter = (created: Fields, { owner_id }: Created): Fields =>
  owner_id === null || owner_id === undefined ? created : { owner_id, ...created };

/** @throws AmbiguousCreate, or the failure of the turn; the intent is settled then */
const sendCreate = async (
  dependencies: PipedriveDependencies,
  entity: SyncedEntity,
  target: RecordTarget,
  { wanted, companyVersion }: { wanted: Fields; companyVersion: number },
  now: Clock,
): Promise<Creation> => {
  const { db, limits } = dependencies;
  let intent = null as Intent | null;
  let sent = false;
  const begun = now();
  const declare = async (): Promise<void> => {
    intent = await declareIntent(db, entity, target.recordId, companyVersion);
  };
  const send = (created: Fields, first?: () => Promise<void>) => {
    const body = bodyOf(created);
    const subject: CallSubject = { system: 'pipedrive', limits: limits.calls, ...target, entity, body };
    const call = (signal: AbortSignal) => {
      if (now() - begun > latestSendMs) throw new AmbiguousCreate();
      sent = true;
      return callsOf(dependencies, entity).create(body as never, { signal });
    };
    return callInTurn(db, subject, call, first);
  };
  try {
    const result = await send(wanted, declare);
    if (!lacksCampaigns(result, wanted)) return { intent, result, created: wanted };
    const created = withoutMarketing(wanted);
    return { intent, result: await send(created), created };
  } catch (error) {
    // Without a turn nothing was sent; otherwise the record may exist, though we could not write down the answer.
    if (intent !== null) await (sent ? closeIntent(db, intent, 0) : forgetIntent(db, intent));
    throw error;
  }
};

/**
 * Creates the record and links it (SYN-03, SYN-11, SYN-15, ACT-04).
 *
 * @param now milliseconds of a clock that only goes forward
 */
export const createRecord =
  (dependencies: PipedriveDependencies, entity: SyncedEntity, now: Clock = () => performance.now()) =>
  async (target: RecordTarget): Promise<StepOutcome> => {
    const { db, limits } = dependencies;
    const loaded = await loadRecord(dependencies, entity, target);
    if (loaded === null) return 'skipped';
    const { record, state } = loaded;
    if (record.remoteId !== null) return 'unneeded';
    if (record.created === null) return 'skipped';

    const made = { wanted: record.created, companyVersion: state.company.wanted_version };
    const creation = await sendCreate(dependencies, entity, target, made, now).catch(
      (error: unknown): null => {
        if (error instanceof AmbiguousCreate) return null;
        throw error;
      },
    );
    if (creation === null) return 'ambiguous';
    const { intent, result, created } = creation;
    if (!result.ok) {
      const { failure, apiCallId, retryDelayMs } = result;
      if (intent !== null) {
        await (failure.mayHaveHappened
          ? closeIntent(db, intent, Math.max(retryDelayMs ?? 0, aftermathMs * (limits.calls.waitScale ?? 1)))
          : forgetIntent(db, intent));
      }
      throw failureOf(failure, apiCallId, retryDelayMs);
    }
    const { data } = result;
    await keepCreated(dependencies, entity, target, data.id, heldAfter(created, data), created);
    return 'done';
  };
