/** Holds the records that Hermes would have written against what Pipedrive and TC2 really hold, and so against what the other service did. */
import { createTc2Client } from '../../clients/tc2/client.ts';
import type { PipedriveClient } from '../../clients/pipedrive/client.ts';
import type { CallResult } from '../../clients/failure.ts';
import type { Database } from '../../db/connection.ts';
import type { Environment } from '../../environment/environment.ts';
import type { FieldMap } from '../../domain/pipedrive/fieldMap.ts';
import {
  customField,
  isEmpty,
  knownFromReading,
  sameValue,
  type Fields,
} from '../../domain/pipedrive/fields.ts';
import { cleanAttribute, parseClient } from '../../domain/tc2/client.ts';
import { failureSentence, type Caller } from '../pipedrive/caller.ts';
import { CommandError } from '../command.ts';
import type { HeldRecord } from './heldRecords.ts';
import type { Twins } from './twins.ts';

export interface Difference {
  field: string;
  ours: unknown;
  theirs: unknown;
}

export type Verdict =
  | { kind: 'same' }
  | { kind: 'differs'; differences: Difference[] }
  /** Hermes would have made or kept it; the other side has none. */
  | { kind: 'missing' }
  /** Hermes would have deleted it; it is still there. */
  | { kind: 'stillThere' }
  | { kind: 'unknown'; why: string };

export interface Compared {
  record: HeldRecord;
  /** The id of what it was compared with. */
  theirId: number | string | null;
  verdict: Verdict;
}

export interface CompareContext {
  db: Database;
  environment: Environment;
  pipedrive: PipedriveClient;
  call: Caller;
  map: FieldMap;
  twins: Twins;
}

type Read = (id: number) => Promise<CallResult<Record<string, unknown> & { id: number }>>;

const readers = ({ pipedrive }: CompareContext): Partial<Record<string, Read>> => ({
  organization: (id) => pipedrive.organizations.get(id),
  person: (id) => pipedrive.persons.get(id),
  deal: (id) => pipedrive.deals.get(id),
});

/** Null when it is gone. */
const readRecord = async ({ call }: CompareContext, read: Read, id: number) =>
  call<Record<string, unknown> | null>(async () => {
    const result = await read(id);
    return !result.ok && result.failure.kind === 'gone'
      ? { ok: true, data: null, meta: result.meta }
      : result;
  });

const isInvented = (value: unknown): value is number => typeof value === 'number' && value < 0;

/** Whose record an invented id stands for. */
export type InventedIds = ReadonlyMap<number, { entity: string; recordId: number }>;

/** References to records that were never made become references to the other service's. */
const translated = async (
  { twins }: CompareContext,
  invented: InventedIds,
  fields: Fields,
): Promise<Fields> => {
  const translate = async (value: unknown): Promise<unknown> => {
    if (!isInvented(value)) return value;
    const owner = invented.get(value);
    return owner === undefined ? value : ((await twins.remoteId(owner.entity, owner.recordId)) ?? value);
  };
  const pairs = Object.entries(fields).map(async ([name, value]) => [name, await translate(value)] as const);
  return Object.fromEntries(await Promise.all(pairs));
};

/** Hermes's ids of the two services differ, and a status of marketing is only ever sent, never compared. */
const incomparable = (map: FieldMap, entity: string): string[] => {
  const keys = entity === 'organization' || entity === 'person' || entity === 'deal' ? map.keys[entity] : {};
  const hermesId = keys['hermes_id'];
  return ['marketing_status', ...(hermesId === undefined ? [] : [customField(hermesId)])];
};

const differencesOf = (wanted: Fields, theirs: Fields, left: readonly string[]): Difference[] =>
  Object.entries(wanted)
    .filter(([field, ours]) => !left.includes(field) && !sameValue(ours, theirs[field]))
    .map(([field, ours]) => ({ field, ours, theirs: theirs[field] ?? null }));

const verdictOf = (differences: Difference[]): Verdict =>
  differences.length === 0 ? { kind: 'same' } : { kind: 'differs', differences };

/** Nothing says which activity is whose: the one of the same organization at the same time is. */
const compareActivity = async (
  context: CompareContext,
  record: HeldRecord,
): Promise<Omit<Compared, 'record'>> => {
  const { companyId, wanted } = record;
  const organization = companyId === null ? null : await context.twins.remoteId('organization', companyId);
  if (organization === undefined || wanted === null) {
    return { theirId: null, verdict: { kind: 'unknown', why: 'nothing says whose it is' } };
  }
  if (organization === null) return { theirId: null, verdict: { kind: 'missing' } };
  const { items } = await context.call(() => context.pipedrive.activities.list({ org_id: organization }));
  const theirs = items.find(
    (one) => sameValue(wanted['due_date'], one.due_date) && sameValue(wanted['due_time'], one.due_time),
  );
  if (theirs === undefined) return { theirId: null, verdict: { kind: 'missing' } };
  const { subject, owner_id: owner } = wanted;
  return { theirId: theirs.id, verdict: verdictOf(differencesOf({ subject, owner_id: owner }, theirs, [])) };
};

const comparePipedrive = async (
  context: CompareContext,
  record: HeldRecord,
  invented: InventedIds,
): Promise<Omit<Compared, 'record'>> => {
  const { entity, recordId, wanted, remoteId } = record;
  if (entity === 'activity') return compareActivity(context, record);
  const read = readers(context)[entity];
  const unknown = (why: string) => ({ theirId: null, verdict: { kind: 'unknown', why } as const });
  if (read === undefined) return unknown('nothing says whose it is');
  if (typeof remoteId !== 'number' || recordId === null) return unknown('the call names no record');
  const theirId = isInvented(remoteId) ? await context.twins.remoteId(entity, recordId) : remoteId;
  if (theirId === undefined)
    return unknown('say --from: only its database knows what the Python service made');
  if (theirId === null) return { theirId, verdict: wanted === null ? { kind: 'same' } : { kind: 'missing' } };
  const theirs = await readRecord(context, read, theirId);
  if (theirs === null) return { theirId, verdict: wanted === null ? { kind: 'same' } : { kind: 'missing' } };
  if (wanted === null) return { theirId, verdict: { kind: 'stillThere' } };
  const ours = await translated(context, invented, wanted);
  const held = { ...knownFromReading(theirs, ours) };
  // What we would have emptied is compared too, though it is no value.
  for (const name of Object.keys(ours)) if (isEmpty(ours[name])) held[name] = theirs[name] ?? null;
  return { theirId, verdict: verdictOf(differencesOf(ours, held, incomparable(context.map, entity))) };
};

const compareClient = async (
  { environment, twins }: CompareContext,
  record: HeldRecord,
): Promise<Omit<Compared, 'record'>> => {
  const { TC2_API_KEY: apiKey, TC2_BASE_URL: baseUrl } = environment;
  const { remoteId, companyId } = record;
  const unknown = (why: string) => ({ theirId: remoteId, verdict: { kind: 'unknown', why } as const });
  if (apiKey === undefined || typeof remoteId !== 'number') return unknown('TC2 cannot be asked');
  const result = await createTc2Client({ baseUrl, apiKey }).getClient(remoteId);
  if (!result.ok && result.failure.kind === 'gone')
    return { theirId: remoteId, verdict: { kind: 'missing' } };
  if (!result.ok) throw new CommandError(failureSentence(result.failure).replaceAll('Pipedrive', 'TC2'));
  const client = parseClient(result.data);
  if (!client.ok) return unknown('TC2 shows no complete client');
  const attributes = record.wanted?.['extra_attrs'] as Record<string, unknown>;
  const organization = companyId === null ? null : await twins.remoteId('organization', companyId);
  const translate = (value: unknown): unknown =>
    typeof value === 'string' && typeof organization === 'number'
      ? value.replace(/(^|\/organization\/)-\d+(?=\/?$)/, `$1${organization}`)
      : value;
  const differences = Object.entries(attributes)
    .map(([field, value]) => ({
      field,
      ours: cleanAttribute(field, translate(value)),
      theirs: client.client.extraAttributes.get(field) ?? null,
    }))
    .filter(({ ours, theirs }) => !sameValue(ours, theirs));
  return { theirId: remoteId, verdict: verdictOf(differences) };
};

const compareEvent = async (
  { twins }: CompareContext,
  record: HeldRecord,
): Promise<Omit<Compared, 'record'>> => {
  const { recordId } = record;
  if (recordId === null || record.wanted === null) {
    return { theirId: null, verdict: { kind: 'unknown', why: 'the call names no meeting' } };
  }
  const kind = (await twins.hasMeeting(recordId)) ? 'same' : 'missing';
  return { theirId: null, verdict: { kind } };
};

/** Compares the records one after the other, in turn with the workers' calls. */
export const compareHeld = async (
  context: CompareContext,
  records: readonly HeldRecord[],
): Promise<Compared[]> => {
  const invented: InventedIds = new Map(
    records.flatMap(({ entity, recordId, remoteId }) =>
      isInvented(remoteId) && recordId !== null ? [[remoteId, { entity, recordId }] as const] : [],
    ),
  );
  const compared: Compared[] = [];
  for (const record of records) {
    const compare = { pipedrive: comparePipedrive, tc2: compareClient, google: compareEvent }[record.system];
    compared.push({ record, ...(await compare(context, record, invented)) });
  }
  return compared;
};
