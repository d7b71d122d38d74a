/**
 * The relay: starts what the door could not (no room, Temporal away, process killed) and what Temporal lost.
 *
 * It looks when notified and every few seconds. A row without an outcome whose `next_start_at` has passed is started (again): the
 * workflow id decides whether that is a start or a proof that the run exists. Bookings are never started here: their visitor has
 * been answered, so an unstarted one is closed as refused.
 */
import type { Database } from '../db/connection.ts';
import type { Logger } from '../observability/logger.ts';
import type { EventWorkflowType } from '../workflows/names.ts';
import { startEvent, type StartableEvent, type StartingClient } from './start.ts';

const batchSize = 100;

/** Seconds until a started row without an outcome is looked at again, in case Temporal lost the run. */
const recheckSeconds = 120;

/** Seconds until the next try when Temporal cannot be reached. */
const retrySeconds = 5;

interface DueRow {
  id: number;
  source: string;
  type: EventWorkflowType;
  workflow_id: string;
  subject: string;
  summary: string;
  company_id: number | null;
  trace_parent: string | null;
}

/** Takes the oldest rows that are due, for a while. */
export const claimDue = async (db: Database): Promise<DueRow[]> => {
  const { rows } = await db.raw<{ rows: DueRow[] }>(
    `update webhook set next_start_at = now() + ? * interval '1 second'
     where id = any (array(
       select id from webhook
       where outcome is null and type is not null and source <> 'callbooker' and next_start_at <= now()
       order by id limit ? for update skip locked))
     returning id, source, type, workflow_id, subject, summary, company_id, trace_parent`,
    [recheckSeconds, batchSize],
  );
  return rows.sort((a, b) => a.id - b.id);
};

const startable = (row: DueRow): StartableEvent => ({
  id: row.id,
  source: row.source,
  type: row.type,
  workflowId: row.workflow_id,
  subject: row.subject,
  summary: row.summary,
  companyId: row.company_id,
  traceParent: row.trace_parent,
});

const postpone = async (db: Database, ids: number[]): Promise<void> => {
  await db('webhook')
    .whereIn('id', ids)
    .whereNull('outcome')
    .update({ next_start_at: db.raw(`now() + ? * interval '1 second'`, [retrySeconds]) });
};

/**
 * Starts what is due, until nothing is.
 *
 * @param concurrency starts in flight at most
 * @param turn resolves when one more may be started
 * @returns how many runs it started
 */
export const relayOnce = async (
  db: Database,
  client: StartingClient,
  logger: Logger,
  concurrency: number,
  turn: () => Promise<void>,
): Promise<number> => {
  let started = 0;
  for (;;) {
    const rows = await claimDue(db);
    if (rows.length === 0) return started;
    const queue = [...rows];
    const failed: number[] = [];
    const lane = async (): Promise<void> => {
      for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
        if (failed.length > 0) {
          failed.push(row.id);
          continue;
        }
        await turn();
        try {
          if ((await startEvent(client, startable(row))) === 'started') started += 1;
        } catch (error) {
          failed.push(row.id);
          logger.warn({ webhookId: row.id, err: error }, 'the relay could not start a run; it tries again');
        }
      }
    };
    await Promise.all(Array.from({ length: concurrency }, lane));
    if (failed.length > 0) {
      await postpone(db, failed);
      return started;
    }
    if (rows.length < batchSize) return started;
  }
};
