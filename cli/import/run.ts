/** Takes an account's records over: page by page, and no faster than the runs get done. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PipedriveClient } from '../../clients/pipedrive/client.ts';
import { databaseTime } from '../../db/clock.ts';
import type { Database } from '../../db/connection.ts';
import { fileReadings, type ReadEntity } from '../../inbox/reading.ts';
import { CommandError } from '../command.ts';
import type { Caller } from '../pipedrive/caller.ts';
import { importKey, sortRecords, type Fate, type ImportedRecord } from './sort.ts';

export const importedEntities: readonly ReadEntity[] = ['organization', 'person', 'deal'];

const pageSize = 500;

/** Events under way at a time: a webhook that arrives meanwhile waits behind so many at most. */
const inFlight = 100;

const pollMs = 300;

export interface EntityImport {
  read: number;
  fates: Record<Fate, number>;
  lookAlikes: { remoteId: number; companyId: number }[];
  /** What became of what was filed, the most frequent first. */
  outcomes: { outcome: string; reason: string | null; events: number }[];
}

export interface ImportContext {
  db: Database;
  client: PipedriveClient;
  call: Caller;
  hermesIdKeys: Readonly<Record<ReadEntity, string | undefined>>;
  dryRun: boolean;
  /** Records of each kind that are taken over at most. */
  limit: number | null;
  onProgress: (entity: ReadEntity, read: number, done: number) => void;
  /** Milliseconds without any run ending, after which the import gives up waiting. */
  patienceMs: number;
}

const emptyImport = (): EntityImport => ({
  read: 0,
  fates: { linked: 0, filed: 0, named: 0, lookAlike: 0, new: 0 },
  lookAlikes: [],
  outcomes: [],
});

const readPage = async (
  { call, client }: ImportContext,
  entity: ReadEntity,
  cursor: string | undefined,
): Promise<{ items: ImportedRecord[]; nextCursor: string | null }> => {
  const page = { limit: pageSize, sort_by: 'id' as const, ...(cursor === undefined ? {} : { cursor }) };
  switch (entity) {
    case 'organization':
      return call(() => client.organizations.list(page));
    case 'person':
      return call(() => client.persons.list(page));
    case 'deal':
      return call(() => client.deals.list({ ...page, status: ['open'] }));
  }
};

/** Files events. @returns their ids */
const file = async (
  { db }: ImportContext,
  entity: ReadEntity,
  records: readonly ImportedRecord[],
  readAt: Date,
): Promise<number[]> => {
  const readings = records.map((record) => ({
    entity,
    record,
    readAt,
    companyId: null,
    key: importKey(entity, record.id),
    by: 'import',
  }));
  return db.transaction((trx) => fileReadings(trx, readings));
};

const unfinished = async (db: Database, ids: readonly number[]): Promise<number> => {
  const [row] = (await db('webhook')
    .whereIn('id', [...ids])
    .whereNull('outcome')
    .select(db.raw('count(*) as open'))) as [{ open: number }];
  return row.open;
};

/** @throws CommandError when no run ends for long: no worker is there, or Temporal is away */
const settled = async ({ db, patienceMs }: ImportContext, ids: readonly number[]): Promise<void> => {
  let open = ids.length;
  let since = performance.now();
  while (open > 0) {
    const now = await unfinished(db, ids);
    if (now < open) since = performance.now();
    open = now;
    if (open > 0 && performance.now() - since > patienceMs) {
      throw new CommandError(
        'No run ends: is a worker running? What was filed is kept; start the import again to go on.',
      );
    }
    if (open > 0) await sleep(pollMs);
  }
};

const outcomesOf = async (db: Database, ids: readonly number[]): Promise<EntityImport['outcomes']> => {
  const counts = new Map<string, EntityImport['outcomes'][number]>();
  for (let at = 0; at < ids.length; at += pageSize) {
    const rows = (await db('webhook')
      .whereIn('id', ids.slice(at, at + pageSize))
      .select('outcome', 'reason')) as { outcome: string; reason: string | null }[];
    for (const { outcome, reason } of rows) {
      const key = `${outcome} ${reason ?? ''}`;
      const count = counts.get(key) ?? { outcome, reason, events: 0 };
      count.events += 1;
      counts.set(key, count);
    }
  }
  return [...counts.values()].sort((a, b) => b.events - a.events);
};

const importEntity = async (
  context: ImportContext,
  entity: ReadEntity,
  heldBack: ReadonlySet<number>,
): Promise<EntityImport> => {
  const { db, dryRun, limit, hermesIdKeys, onProgress } = context;
  const result = emptyImport();
  const filed: number[] = [];
  let cursor: string | undefined;
  for (;;) {
    const readAt = await databaseTime(db);
    const page = await readPage(context, entity, cursor);
    const sorted = await sortRecords(db, entity, page.items, hermesIdKeys[entity], heldBack);
    for (const { record, fate, likeCompany } of sorted) {
      result.read += 1;
      result.fates[fate] += 1;
      if (likeCompany !== null) result.lookAlikes.push({ remoteId: record.id, companyId: likeCompany });
    }
    const room = limit === null ? sorted.length : Math.max(0, limit - filed.length);
    const wanted = sorted.filter(({ fate }) => fate === 'new' || fate === 'named');
    const taken = dryRun ? [] : wanted.slice(0, room);
    for (let at = 0; at < taken.length; at += inFlight) {
      const batch = taken.slice(at, at + inFlight).map(({ record }) => record);
      const ids = await file(context, entity, batch, readAt);
      filed.push(...ids);
      await settled(context, ids);
      onProgress(entity, result.read, filed.length);
    }
    onProgress(entity, result.read, filed.length);
    if (page.nextCursor === null) break;
    cursor = page.nextCursor;
  }
  return { ...result, outcomes: await outcomesOf(db, filed) };
};

/** Organizations first, then persons, then open deals: each needs the one before. */
export const runImport = async (context: ImportContext): Promise<Record<ReadEntity, EntityImport>> => {
  const organization = await importEntity(context, 'organization', new Set());
  const heldBack = new Set(organization.lookAlikes.map(({ remoteId }) => remoteId));
  return {
    organization,
    person: await importEntity(context, 'person', heldBack),
    deal: await importEntity(context, 'deal', heldBack),
  };
};
