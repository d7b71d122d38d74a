import assert from 'node:assert/strict';
import fc from 'fast-check';
import { nextTry } from '../../activities/downstream/nextTry.ts';
import { endPause, endTurn, pauseCalls, takeTurn } from '../../activities/downstream/limiter.ts';
import { connectDatabase, type Database } from '../../db/connection.ts';
import { createTestDatabase } from '../support/database.ts';

interface Slot {
  wait_ms: number;
  taken: boolean;
  reason: string | null;
  probe: boolean;
}

const never = new AbortController().signal;

describe('the limiter', () => {
  let url: string;
  let drop: () => Promise<void>;
  let db: Database;
  before(async () => {
    const database = await createTestDatabase();
    url = database.url;
    drop = () => database.drop();
    db = connectDatabase(url, 10);
  });
  after(async () => {
    await db.destroy();
    await drop();
  });
  beforeEach(() => db.raw('truncate api_window'));

  const take = async (
    on: Database,
    buckets: string[],
    maxima: number[],
    periodMs: number,
    maxWaitMs = 3_600_000,
  ): Promise<Slot> => {
    const { rows } = await on.raw<{ rows: [Slot] }>(
      `select * from take_call_slot(?::text[], ?::integer[], ? * interval '1 millisecond', ? * interval '1 millisecond')`,
      [buckets, maxima, periodMs, maxWaitMs],
    );
    return rows[0];
  };

  /** Keeps every moment granted: the function itself forgets what is older than a period. */
  const watchGrants = async (): Promise<void> => {
    await db.raw(`
      create table if not exists grant_log (bucket text, at timestamptz);
      truncate grant_log;
      create or replace function log_grants() returns trigger language plpgsql as $$
      begin
        insert into grant_log
          select new.bucket, g from (select unnest(new.granted) except all select unnest(old.granted)) as fresh (g);
        return null;
      end $$;
      create or replace trigger log_grants after update on api_window for each row execute function log_grants();
    `);
  };

  const granted = async (bucket: string): Promise<number[]> => {
    const { rows } = await db.raw<{ rows: { at: number }[] }>(
      `select (extract(epoch from at) * 1000)::float as at from grant_log where bucket = ? order by at`,
      [bucket],
    );
    return rows.map(({ at }) => at);
  };

  const assertWindows = (moments: readonly number[], max: number, periodMs: number): void => {
    for (const [index, moment] of moments.entries()) {
      const later = moments[index + max];
      if (later === undefined) return;
      assert.ok(later - moment >= periodMs - 0.01, `${max + 1} grants within ${later - moment} ms`);
    }
  };

  it('RL-04, RL-05: no rolling window holds more than its maximum, for workers in parallel and searches among the calls', async () => {
    await watchGrants();
    const workers = [1, 2, 3, 4].map(() => connectDatabase(url, 3));
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 12 }),
          fc.integer({ min: 1, max: 12 }),
          fc.integer({ min: 5, max: 3000 }),
          fc.array(fc.boolean(), { minLength: 20, maxLength: 60 }),
          async (max, searchMax, periodMs, calls) => {
            await db.raw('truncate api_window; truncate grant_log');
            await Promise.all(
              calls.map((isSearch, index) => {
                const worker = workers[index % workers.length] ?? db;
                return isSearch
                  ? take(worker, ['search', 'calls'], [searchMax, max], periodMs)
                  : take(worker, ['calls'], [max], periodMs);
              }),
            );
            const all = await granted('calls');
            assert.equal(all.length, calls.length);
            assertWindows(all, max, periodMs);
            assertWindows(await granted('search'), searchMax, periodMs);
          },
        ),
        { numRuns: 25 },
      );
    } finally {
      await Promise.all(workers.map((worker) => worker.destroy()));
    }
  });

  it('searches that wait for their own window hold up no other call', async () => {
    for (let index = 0; index < 30; index += 1) await take(db, ['search', 'calls'], [10, 100], 60_000);
    const call = await take(db, ['calls'], [100], 60_000);
    assert.equal(call.wait_ms, 0);
  });

  it('a place further away than the longest wait is not taken', async () => {
    await take(db, ['calls'], [1], 60_000);
    const refused = await take(db, ['calls'], [1], 60_000, 10_000);
    assert.equal(refused.taken, false);
    assert.ok(refused.wait_ms > 50_000);
    const again = await take(db, ['calls'], [1], 60_000);
    assert.ok(again.taken && again.wait_ms <= 60_000, 'the refused call took no place');
  });

  it('a call counts from its answer: one that was slow to arrive does not find the next ones on its heels', async () => {
    const one = { windows: [{ bucket: 'calls', max: 1 }], periodSeconds: 60 };
    const turn = await takeTurn(db, one, never);
    await db.raw(`update api_window set granted = array[granted[1] - interval '50 seconds']`);
    const { rows } = await db.raw<{ rows: [{ place: string }] }>(
      `select granted[1]::text as place from api_window`,
    );
    assert.ok((await take(db, ['calls'], [1], 60_000, 0)).wait_ms < 11_000);
    await endTurn(db, one, { ...turn, place: rows[0].place });
    assert.ok((await take(db, ['calls'], [1], 60_000, 0)).wait_ms > 59_000);
  });

  const pause = (probe: boolean, asked = 0) =>
    pauseCalls(db, { bucket: 'calls', askedMs: asked, baseMs: 1000, reason: 'Throttled', probe });
  const pass = () => db.raw(`update api_window set blocked_until = clock_timestamp() - interval '1 second'`);
  const limits = { windows: [{ bucket: 'calls', max: 100 }], periodSeconds: 1 };

  it('RL-08: a pause stops every call, grows with every refusal in a row, and counts calls in flight once', async () => {
    const first = await pause(false);
    assert.ok(first > 0 && first <= 1000);
    assert.ok((await pause(false)) <= 1000, 'refused at the same time');
    await assert.rejects(takeTurn(db, limits, never), { type: 'Throttled' });
    await pass();
    assert.equal((await takeTurn(db, limits, never)).probe, true);
    const second = await pause(true);
    assert.ok(second > 1000 && second <= 2000);
    await pass();
    const third = await pause(true);
    assert.ok(third > 2000 && third <= 4000);
    for (let index = 0; index < 20; index += 1) {
      await pass();
      await pause(true);
    }
    assert.ok((await pause(true)) <= 300_000);
  });

  it('a pause ends with one call that finds out; the others wait for what comes of it', async () => {
    await pause(false);
    await pass();
    assert.equal((await takeTurn(db, limits, never)).probe, true);
    await assert.rejects(takeTurn(db, limits, never), { type: 'Throttled' });
    await endPause(db, 'calls');
    assert.equal((await takeTurn(db, limits, never)).probe, false);
  });

  it('a probe whose worker was lost is not waited for: another call finds out', async () => {
    await pause(false);
    await pass();
    await takeTurn(db, limits, never);
    await db.raw(`update api_window set probing_since = clock_timestamp() - interval '11 seconds'`);
    assert.equal((await takeTurn(db, limits, never)).probe, true);
  });

  it('the time that the downstream names goes before our own, up or down to nothing shorter', async () => {
    assert.ok((await pause(false, 60_000)) > 59_000);
  });

  it('a run in an outage waits ever longer, or until the pause of the whole downstream ends', async () => {
    const ask = nextTry({ db });
    const waits = [];
    for (const tries of [1, 2, 6, 50]) waits.push((await ask({ what: 'Pipedrive', tries })).waitMs);
    const [first = 0, second = 0, sixth = 0, fiftieth = 0] = waits;
    assert.ok(first >= 10_000 && first <= 11_000);
    assert.ok(second >= 20_000 && second <= 21_000);
    assert.ok(sixth >= 300_000 && fiftieth <= 301_000);
    await pauseCalls(db, {
      bucket: 'pipedrive',
      askedMs: 60_000,
      baseMs: 1,
      reason: 'Throttled',
      probe: false,
    });
    const paused = await ask({ what: 'Pipedrive', tries: 1 });
    assert.ok(paused.waitMs > 59_000 && paused.waitMs <= 61_000);
  });
});
