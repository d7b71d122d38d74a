/**
 * Files events in the inbox: one row per event, before the sender is answered.
 *
 * This is the hot path. A webhook that comes alone costs one statement; webhooks that come together share one: while a statement is
 * under way, what arrives waits for the next (as PostgreSQL itself collects commits). So a burst costs few round trips and few commits,
 * and nobody waits for a clock.
 */
import pg from 'pg';
import { activeTraceParent } from '../observability/spans.ts';
import { rowsOf, type Delivery, type FiledEvent, type NewRow } from './event.ts';
import { insertRows } from './insert.ts';

/** Statements under way at once. More would find less to share. */
const lanes = 2;

/** Rows of one statement at most. */
const maxRows = 16;

interface Waiting {
  row: NewRow;
  resolve: (filed: FiledEvent) => void;
  reject: (error: unknown) => void;
}

/**
 * Whether a statement may have failed because of one row, or of its neighbours, and not for all: data that does not fit (class 22), a
 * constraint (23), a deadlock (40).
 */
const isOfOneRow = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && ['22', '23', '40'].includes(error.code?.slice(0, 2) ?? '');

/** Collects rows of a pool into shared statements. */
const createCollector = (pool: pg.Pool): ((row: NewRow) => Promise<FiledEvent>) => {
  const queue: Waiting[] = [];
  let busy = 0;

  const insertAlone = async ({ row, resolve, reject }: Waiting): Promise<void> => {
    try {
      const [filed] = await insertRows(pool, [row]);
      if (filed !== undefined) resolve(filed);
    } catch (error) {
      reject(error);
    }
  };

  const insertTogether = async (batch: readonly Waiting[]): Promise<void> => {
    try {
      const filed = await insertRows(
        pool,
        batch.map(({ row }) => row),
      );
      for (const [index, one] of filed.entries()) batch[index]?.resolve(one);
    } catch (error) {
      // One row must not take others with it.
      if (batch.length > 1 && isOfOneRow(error)) await Promise.all(batch.map(insertAlone));
      else for (const { reject } of batch) reject(error);
    }
  };

  const work = async (): Promise<void> => {
    busy += 1;
    // What arrives in the same turn of the event loop goes together.
    await Promise.resolve();
    while (queue.length > 0) await insertTogether(queue.splice(0, maxRows));
    busy -= 1;
  };

  return (row) =>
    new Promise((resolve, reject) => {
      queue.push({ row, resolve, reject });
      if (busy < lanes) void work();
    });
};

const collectors = new WeakMap<pg.Pool, (row: NewRow) => Promise<FiledEvent>>();

const collectorOf = (pool: pg.Pool): ((row: NewRow) => Promise<FiledEvent>) => {
  const kept = collectors.get(pool);
  if (kept !== undefined) return kept;
  const made = createCollector(pool);
  collectors.set(pool, made);
  return made;
};

/** Several events of one delivery: the bytes are kept once, in the first row, to which the others point. */
const fileBatch = async (pool: pg.Pool, first: NewRow, others: readonly NewRow[]): Promise<FiledEvent[]> => {
  const connection = await pool.connect();
  try {
    await connection.query('begin');
    const [head] = await insertRows(connection, [first]);
    if (head === undefined) throw new Error('an insert answered nothing');
    const filed = [head];
    for (const row of others) {
      filed.push(...(await insertRows(connection, [{ ...row, envelopeId: head.webhookId }])));
    }
    await connection.query('commit');
    return filed;
  } catch (error) {
    await connection.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    connection.release();
  }
};

/**
 * Writes the events of one delivery, all or none.
 *
 * @returns one entry per event, in order; a delivery that was filed before gives duplicates and changes nothing
 * @throws when PostgreSQL cannot take them; the sender must be told to come again
 */
export const fileDelivery = async (pool: pg.Pool, delivery: Delivery): Promise<FiledEvent[]> => {
  const [first, ...others] = rowsOf(delivery, activeTraceParent());
  if (first === undefined) return [];
  return others.length === 0 ? [await collectorOf(pool)(first)] : fileBatch(pool, first, others);
};
