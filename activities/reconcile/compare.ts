/** Judges records that were read from Pipedrive, a page or a handful at a time. */
import { knownFromReading, type Fields } from '../../domain/pipedrive/fields.ts';
import {
  driftOf,
  unheardState,
  withNews,
  type Drift,
  type DriftEntity,
} from '../../domain/reconcile/drift.ts';
import type { KnownFields } from '../../db/models/index.ts';
import { pipedriveLinks } from '../../db/pipedriveLinks.ts';
import { loadCompanyState, type CompanyState } from '../pipedrive/companyState.ts';
import type { PipedriveDependencies } from '../pipedrive/deps.ts';

/** What judging needs; nothing is called. */
export type JudgeDependencies = Pick<PipedriveDependencies, 'db' | 'environment' | 'fieldMap'>;

export type ReadRecord = { id: number } & Record<string, unknown>;

/** A record of Hermes that is linked to Pipedrive. */
export interface LinkedRecord {
  recordId: number;
  companyId: number;
  remoteId: number;
}

export interface Judged extends LinkedRecord {
  /** Null: as it should be. */
  drift: Drift | 'busy' | null;
  /** What was read, in flat form. */
  reading: Fields | null;
  known: KnownFields | null;
}

/** Linked records by Pipedrive's ids. */
export const linkedByIds = async (
  { db }: Pick<PipedriveDependencies, 'db'>,
  entity: DriftEntity,
  remoteIds: readonly number[],
): Promise<LinkedRecord[]> => {
  const { table, column, company } = pipedriveLinks[entity];
  return db(table)
    .whereIn(column, [...remoteIds])
    .orderBy(column)
    .select<LinkedRecord[]>({ recordId: 'id', companyId: company, remoteId: column });
};

/** Linked records of one company. */
export const linkedOfCompany = async (
  { db }: Pick<PipedriveDependencies, 'db'>,
  entity: DriftEntity,
  companyId: number,
): Promise<LinkedRecord[]> => {
  const { table, column, company } = pipedriveLinks[entity];
  return db(table)
    .where(company, companyId)
    .whereNotNull(column)
    .orderBy(column)
    .select<LinkedRecord[]>({ recordId: 'id', companyId: company, remoteId: column });
};

/** The first linked records whose Pipedrive id is above `after` and at most `last` (null: without end), so many at most. */
export const linkedInRange = async (
  { db }: PipedriveDependencies,
  entity: DriftEntity,
  after: number,
  last: number | null,
  atMost: number,
): Promise<LinkedRecord[]> => {
  const { table, column, company } = pipedriveLinks[entity];
  const query = db(table).where(column, '>', after).orderBy(column).limit(atMost);
  if (last !== null) query.where(column, '<=', last);
  // A closed deal may be archived, and archived deals are not listed.
  if (entity === 'deal') query.where({ status: 'open' });
  return query.select<LinkedRecord[]>({ recordId: 'id', companyId: company, remoteId: column });
};

const wantedOf = (state: CompanyState, entity: DriftEntity, recordId: number): Fields | null => {
  const { input } = state;
  switch (entity) {
    case 'organization':
      return input.company.wanted;
    case 'person':
      return input.contacts.find(({ id }) => id === recordId)?.wanted ?? null;
    case 'deal':
      return input.deals.find(({ id }) => id === recordId)?.wanted ?? null;
  }
};

/** News of a deal that no sync would write: its status, pipeline and stage. */
const newsOf = (
  { company, deals }: CompanyState,
  entity: DriftEntity,
  recordId: number,
  answered: ReadRecord | undefined,
  known: KnownFields | null,
): string[] => {
  const deal = entity === 'deal' ? deals.find(({ id }) => id === recordId) : undefined;
  if (deal === undefined || answered === undefined || company.is_deleted || company.narc) return [];
  return unheardState(answered, deal, known);
};

const isBehind = ({ company }: CompanyState): boolean =>
  company.pipedrive_synced_version < company.wanted_version;

interface Knowledge {
  remote_id: number;
  known: KnownFields | null;
  updated_at: Date;
}

/**
 * Judges linked records.
 *
 * @param records what Pipedrive answered, by id
 * @param readAt the database's time before the call: what was written since is not judged
 */
export const judgeRecords = async (
  dependencies: JudgeDependencies,
  entity: DriftEntity,
  linked: readonly LinkedRecord[],
  records: ReadonlyMap<number, ReadRecord>,
  readAt: Date,
): Promise<Judged[]> => {
  const { db, environment, fieldMap } = dependencies;
  const map = await fieldMap();
  const rows = await db('remote_record')
    .where({ system: 'pipedrive', entity })
    .whereIn(
      'remote_id',
      linked.map(({ remoteId }) => remoteId),
    )
    .select<Knowledge[]>('remote_id', 'known', 'updated_at');
  const knowledge = new Map(rows.map((row) => [row.remote_id, row]));
  const states = new Map<number, CompanyState | null>();
  const judged: Judged[] = [];
  for (const record of linked) {
    const { companyId, recordId, remoteId } = record;
    const state = states.get(companyId) ?? (await loadCompanyState(db, environment, map, companyId));
    states.set(companyId, state);
    const held = knowledge.get(remoteId);
    const wanted = state === null ? null : wantedOf(state, entity, recordId);
    const answered = records.get(remoteId);
    const nothing = { ...record, reading: null, known: held?.known ?? null };
    if (
      state === null ||
      wanted === null ||
      isBehind(state) ||
      (held !== undefined && held.updated_at > readAt)
    ) {
      judged.push({ ...nothing, drift: 'busy' });
      continue;
    }
    const reading = answered === undefined ? null : knownFromReading(answered, wanted);
    const drift = driftOf(state.input, entity, recordId, reading, nothing.known);
    const news = newsOf(state, entity, recordId, answered, nothing.known);
    judged.push({ ...nothing, reading, drift: withNews(drift, news) });
  }
  return judged;
};
