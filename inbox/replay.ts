/**
 * Replays events of the inbox: each replay is a new row that points to the bytes of the one it repeats, and has a run of its own.
 *
 * The replay keeps the times of the original, so an event from yesterday never overwrites what arrived since. A failed replay may be
 * replayed again; one that is under way, or that was applied, is not. Bookings are never replayed: their visitor has been answered.
 * The runs are started by the relay.
 */
import { createHash } from 'node:crypto';
import type { Knex } from 'knex';
import type { Database } from '../db/connection.ts';
import type { WebhookOutcome } from '../db/models/index.ts';
import { eventWorkflowId, type EventSource } from '../workflows/names.ts';

/** Which events are meant; all that is given must hold. */
export interface ReplayFilter {
  ids?: readonly number[];
  /** Workflow types, such as TcClientUpdated. */
  types?: readonly string[];
  outcomes?: readonly WebhookOutcome[];
  /** Who sent it, such as tc2. */
  source?: string;
  /** Kind and id, such as client-70412. */
  subject?: string;
  companyId?: number;
  /** Received at this time or later. */
  since?: Date;
  /** Received before this time. */
  until?: Date;
  reasonContains?: string;
  /** Also what a replay has applied before. */
  again?: boolean;
}

/** Why an event that the filter finds is not replayed. */
export type ReplayObstacle =
  | 'booking'
  /** Its own run has not ended, or is parked and goes on by itself. */
  | 'running'
  /** Nothing is done for events of its kind. */
  | 'notHandled'
  | 'replayUnderWay'
  | 'replayedBefore'
  /** Its body was pruned. */
  | 'bodyGone';

export interface ReplayCount {
  /** Events that would be replayed. */
  events: number;
  /** The same by type and reason, the most frequent first. */
  groups: { type: string; outcome: WebhookOutcome; reason: string | null; events: number }[];
  obstacles: Partial<Record<ReplayObstacle, number>>;
}

export interface ReplayOrder {
  filter: ReplayFilter;
  /** Who asks, for the record, such as cli:deploy or admin:3. */
  requestedBy: string;
}

export interface Replayed {
  jobId: number;
  /** Ids of the new rows and of the events that they repeat. */
  events: { webhookId: number; replayOf: number }[];
}

/** Whether the filter names anything at all: nobody replays the whole inbox by mistake. */
export const isFiltered = (filter: ReplayFilter): boolean =>
  Object.entries(filter).some(([name, value]) => name !== 'again' && value !== undefined);

const chunkSize = 500;

/** The events themselves that match: a replay stands for the event it repeats. */
const matching = (db: Knex, filter: ReplayFilter): Knex.QueryBuilder => {
  const query = db('webhook').distinct(db.raw('coalesce(replay_of, id) as id'));
  // Ids mean those events, whatever became of them; anything else means failures unless told otherwise.
  const outcomes = filter.outcomes ?? (filter.ids === undefined ? ['failed'] : undefined);
  if (filter.ids !== undefined) query.whereIn('id', filter.ids);
  if (filter.types !== undefined) query.whereIn('type', filter.types);
  if (outcomes !== undefined) query.whereIn('outcome', outcomes);
  if (filter.source !== undefined) query.where({ source: filter.source });
  if (filter.subject !== undefined) query.where({ subject: filter.subject });
  if (filter.companyId !== undefined) query.where({ company_id: filter.companyId });
  if (filter.since !== undefined) query.where('received_at', '>=', filter.since);
  if (filter.until !== undefined) query.where('received_at', '<', filter.until);
  if (filter.reasonContains !== undefined) {
    query.whereRaw('position(lower(?) in lower(reason)) > 0', [filter.reasonContains]);
  }
  return query;
};

/** The matching events with what stands in the way of each; null where nothing does. */
const judged = (db: Knex, filter: ReplayFilter): Knex.QueryBuilder =>
  db('webhook as w')
    .leftJoin('webhook as envelope', 'envelope.id', 'w.envelope_id')
    .joinRaw(
      `cross join lateral (
         select count(*) as total,
           count(*) filter (where x.outcome is null or x.outcome = 'parked') as open,
           count(*) filter (where x.outcome in ('applied', 'unchanged', 'stale', 'ignored')) as ended
         from webhook x where x.replay_of = w.id) replays`,
    )
    .whereIn('w.id', matching(db, filter))
    .select(
      'w.*',
      db.raw('coalesce(w.envelope_id, w.id) as body_id'),
      db.raw('replays.total as replays'),
      db.raw(
        `case
           when w.source = 'callbooker' then 'booking'
           when w.type is null then 'notHandled'
           when w.outcome is null or w.outcome = 'parked' then 'running'
           when replays.open > 0 then 'replayUnderWay'
           when replays.ended > 0 and not ? then 'replayedBefore'
           when coalesce(w.body, envelope.body) is null then 'bodyGone'
         end as obstacle`,
        [filter.again === true],
      ),
    );

/** Counts what a replay would do, and changes nothing. */
export const countReplay = async (db: Database, filter: ReplayFilter): Promise<ReplayCount> => {
  const rows = (await db
    .from(judged(db, filter).as('judged'))
    .groupBy('obstacle', 'type', 'outcome', 'reason')
    .orderByRaw('count(*) desc, type, reason')
    .select('obstacle', 'type', 'outcome', 'reason', db.raw('count(*) as events'))) as {
    obstacle: ReplayObstacle | null;
    type: string | null;
    outcome: WebhookOutcome | null;
    reason: string | null;
    events: number;
  }[];
  const count: ReplayCount = { events: 0, groups: [], obstacles: {} };
  for (const { obstacle, type, outcome, reason, events } of rows) {
    if (obstacle !== null) {
      count.obstacles[obstacle] = (count.obstacles[obstacle] ?? 0) + events;
    } else if (type !== null && outcome !== null) {
      count.events += events;
      count.groups.push({ type, outcome, reason, events });
    }
  }
  return count;
};

/** Those of the ids that no event has. */
export const absentIds = async (db: Database, ids: readonly number[]): Promise<number[]> => {
  const { rows } = await db.raw<{ rows: { id: number }[] }>(
    `select id from unnest(?::bigint[]) as asked (id)
     where not exists (select from webhook where webhook.id = asked.id)`,
    [[...ids]],
  );
  return rows.map(({ id }) => id);
};

interface ReadyRow {
  id: number;
  source: EventSource;
  type: string;
  subject: string;
  summary: string;
  body_id: number;
  event_index: number;
  body_hash: Buffer;
  content_hash: Buffer | null;
  event_at: Date | null;
  received_at: Date;
  company_id: number | null;
  read_body: unknown;
  read_at: Date | null;
  replays: number;
}

/**
 * An event that Hermes made of a record it read (reading.ts) has its content nowhere but in the reading. For any other one the
 * reading was made on the way, and is made afresh.
 */
const readingOf = ({ read_body: body, read_at: readAt, received_at: receivedAt }: ReadyRow) =>
  readAt !== null && readAt.getTime() === receivedAt.getTime()
    ? { read_body: JSON.stringify(body), read_at: readAt }
    : {};

/** The key counts the replays of the event, so of two orders that see the same state only one files a row. */
const replayOf = (row: ReadyRow, jobId: number) => {
  const key = createHash('sha256')
    .update(`replay:${row.id}:${row.replays + 1}`)
    .digest('hex');
  return {
    source: row.source,
    dedupe_key: key,
    type: row.type,
    subject: row.subject,
    summary: row.summary,
    envelope_id: row.body_id,
    event_index: row.event_index,
    body_hash: row.body_hash,
    content_hash: row.content_hash,
    event_at: row.event_at,
    received_at: row.received_at,
    workflow_id: eventWorkflowId(row.source, row.subject, key),
    company_id: row.company_id,
    ...readingOf(row),
    replay_of: row.id,
    replay_job_id: jobId,
  };
};

/**
 * Files a replay of every event that the filter finds and that nothing stands in the way of, and calls the relay.
 *
 * Safe to repeat, and to run twice at once: an event has one replay under way at most.
 *
 * @throws when the filter is empty
 */
export const replayEvents = async (db: Database, { filter, requestedBy }: ReplayOrder): Promise<Replayed> => {
  if (!isFiltered(filter)) throw new Error('a replay needs a filter');
  const [job] = (await db('replay_job')
    .insert({ requested_by: requestedBy, filter: JSON.stringify(filter) })
    .returning('id')) as [{ id: number }];
  const events: Replayed['events'] = [];
  for (let last = 0; ;) {
    const rows = (await db
      .from(judged(db, filter).as('judged'))
      .whereNull('obstacle')
      .where('id', '>', last)
      .orderBy('id')
      .limit(chunkSize)
      .select('*')) as ReadyRow[];
    if (rows.length === 0) break;
    last = rows.at(-1)?.id ?? last;
    const filed = await db.transaction(async (trx) => {
      const inserted = (await trx('webhook')
        .insert(rows.map((row) => replayOf(row, job.id)))
        .onConflict(['source', 'dedupe_key'])
        .ignore()
        .returning(['id', 'replay_of'])) as { id: number; replay_of: number }[];
      await trx('replay_job').where({ id: job.id }).increment('events', inserted.length);
      await trx.raw('notify hermes_webhook');
      return inserted;
    });
    events.push(...filed.map((row) => ({ webhookId: row.id, replayOf: row.replay_of })));
  }
  return { jobId: job.id, events };
};
