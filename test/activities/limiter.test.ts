import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import fc from 'fast-check';
import { nextTry } from '../../activities/downstream/nextTry.ts';
import { ApplicationFailure } from '@temporalio/common';
import {
  endPause,
  finishCall,
  pauseCalls,
  takeTurn,
  type FinishedCall,
} from '../../activities/downstream/limiter.ts';
import { importanceOf, type Importance } from '../../activities/downstream/importance.ts';
import { connectDatabase, type Database } from '../../db/connection.ts';
import { priorities } from '../../workflows/names.ts';
import { createTestDatabase } from '../support/database.ts';

interface Slot {
  wait_ms: number;
  taken: boolean;
  reason: string | null;
  probe: boolean;
}

const never = new AbortController().signal;
setMaxListeners(0, never);

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
  beforeEach(() => db.raw('truncate api_window, api_budget, api_call'));

  const take = async (
    on: Database,
    buckets: string[],
    maxima: number[],
    periodMs: number,
    maxWaitMs = 3_600_000,
    isUrgent = false,
  ): Promise<Slot> => {
    const { rows } = await on.raw<{ rows: [Slot] }>(
      `select * from take_call_slot(?::text[], ?::integer[], ? * interval '1 millisecond', ? * interval '1 millisecond', ?)`,
      [buckets, maxima, periodMs, maxWaitMs, isUrgent],
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

  const urgent: Importance = { system: null, reserve: 0, urgent: true };
  const ordinary: Importance = { ...urgent, urgent: false };

  it('RL-04, RL-05: no rolling window holds more than its maximum, for workers in parallel and searches among the calls', async function () {
    this.timeout(60_000);
    await watchGrants();
    const workers = [1, 2, 3, 4].map(() => connectDatabase(url, 3));
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 3, max: 12 }),
          fc.integer({ min: 3, max: 12 }),
          fc.integer({ min: 1, max: 60 }),
          fc.array(fc.record({ search: fc.boolean(), important: fc.boolean() }), {
            minLength: 20,
            maxLength: 40,
          }),
          async (max, searchMax, periodMs, calls) => {
            await db.raw('truncate api_window; truncate grant_log');
            const windows = [{ bucket: 'calls', max }];
            const searches = [{ bucket: 'search', max: searchMax }, ...windows];
            await Promise.all(
              calls.map(({ search, important }, index) =>
                takeTurn(
                  workers[index % workers.length] ?? db,
                  { windows: search ? searches : windows, periodSeconds: periodMs / 1000 },
                  never,
                  important ? urgent : ordinary,
                ),
              ),
            );
            const all = await granted('calls');
            assert.equal(all.length, calls.length);
            assertWindows(all, max, periodMs);
            assertWindows(await granted('search'), searchMax, periodMs);
          },
        ),
        { numRuns: 15 },
      );
    } finally {
      await Promise.all(workers.map((worker) => worker.destroy()));
    }
  });

  it('calls that wait go evenly, one after the other, and an urgent one before them all', async () => {
    const minute = 60_000;
    const ask = (isUrgent: boolean) => take(db, ['calls'], [4], minute, minute * 60, isUrgent);
    for (let index = 0; index < 4; index += 1) assert.equal((await ask(false)).wait_ms, 0);
    const waiting = [await ask(false), await ask(false), await ask(false)];
    for (const [index, { wait_ms: wait }] of waiting.entries()) {
      const quarters = 4 + index;
      assert.ok(Math.abs(wait - (quarters * minute) / 4) < 5_000, `call ${index} waits ${wait} ms`);
    }
    const first = await ask(true);
    assert.ok(first.wait_ms <= minute);

    // A minute later.
    const { rows } = await db.raw<{ rows: [{ ordinary: string; urgent: string }] }>(`
      update api_window set
        granted = array(select at - interval '1 minute' from unnest(granted) as at),
        waiting = array(select at - interval '1 minute' from unnest(waiting) as at),
        urgent = array(select at - interval '1 minute' from unnest(urgent) as at)
      returning waiting[1]::text as ordinary, urgent[1]::text as urgent`);
    await db.raw(`update api_window set granted = granted[1:3] || clock_timestamp()`);
    const confirm = async (isUrgent: boolean, place: string): Promise<number> => {
      const { rows: slots } = await db.raw<{ rows: [Slot] }>(
        `select * from confirm_call_slot(array['calls'], array[2], ? * interval '1 millisecond', ?, ?)`,
        [minute, isUrgent, place],
      );
      return slots[0].wait_ms;
    };
    assert.ok((await confirm(false, rows[0].ordinary)) > 50_000, 'room is left for the urgent one');
    assert.equal(await confirm(true, rows[0].urgent), 0);
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

  const answered: FinishedCall = {
    system: 'pipedrive',
    method: 'GET',
    endpoint: '/api/v2/deals',
    status: 200,
    failure: null,
    durationMs: 1,
    companyId: null,
    entity: 'deal',
    recordId: null,
    workflowId: null,
    requestBody: null,
    responseBody: null,
    tokens: null,
    dailyLimit: null,
    dailyRemaining: null,
  };

  /** Makes the first place older. @returns it */
  const age = async (by: string): Promise<string> => {
    const { rows } = await db.raw<{ rows: [{ place: string }] }>(
      `update api_window set granted[1] = granted[1] - ?::interval returning granted[1]::text as place`,
      [by],
    );
    return rows[0].place;
  };

  it('a call counts from its answer: one that was slow to arrive does not find the next ones on its heels', async () => {
    const one = { windows: [{ bucket: 'calls', max: 1 }], periodSeconds: 60 };
    await takeTurn(db, one, never);
    const place = await age('50 seconds');
    assert.ok((await take(db, ['calls'], [1], 60_000, 0)).wait_ms < 11_000);
    await finishCall(db, one, { place }, answered);
    assert.ok((await take(db, ['calls'], [1], 60_000, 0)).wait_ms > 59_000);
  });

  it('searches and other calls take and end their turns without waiting for each other in a circle', async () => {
    const calls = { windows: [{ bucket: 'pipedrive', max: 100_000 }], periodSeconds: 2 };
    const searches = { ...calls, windows: [{ bucket: 'search', max: 100_000 }, ...calls.windows] };
    const budget = { ...answered, dailyLimit: 1000, dailyRemaining: 900 };
    const lane = async (index: number): Promise<void> => {
      for (let made = 0; made < 25; made += 1) {
        const limits = (index + made) % 2 === 0 ? calls : searches;
        const turn = await takeTurn(db, limits, never, importanceOf('pipedrive', priorities.repair));
        await finishCall(db, limits, turn, budget);
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, index) => lane(index)));
    const { rows } = await db.raw<{ rows: [{ count: number }] }>('select count(*)::integer from api_call');
    assert.equal(rows[0].count, 250);
  });

  it('a call that waited asks again: what went before it may have gone late', async () => {
    const one = { windows: [{ bucket: 'calls', max: 1 }], periodSeconds: 0.3 };
    const first = await takeTurn(db, one, never);
    const second = takeTurn(db, one, never);
    const waits = async () =>
      (await db('api_window').first<{ waiting: string[] }>('waiting')).waiting.length === 1;
    while (!(await waits()));
    await finishCall(db, one, first, answered);
    const { rows } = await db.raw<{ rows: [{ at: Date }] }>('select granted[1] as at from api_window');
    const { place } = await second;
    assert.ok(
      new Date(place).getTime() >= rows[0].at.getTime() + 300,
      `${place} after ${rows[0].at.toISOString()}`,
    );
  });

  it('a pause that begins while a call waits holds it back', async () => {
    const one = { windows: [{ bucket: 'calls', max: 1 }], periodSeconds: 0.3 };
    await takeTurn(db, one, never);
    const second = takeTurn(db, one, never);
    await pause(false, 60_000);
    await assert.rejects(second, { type: 'Throttled' });
    const { waiting } = await db('api_window').first<{ waiting: string[] }>('waiting');
    assert.deepEqual(waiting, [], 'it gave its place up');
  });

  it('the last part of a daily budget is kept for what is more urgent, and looked at again after a while', async () => {
    const many = { windows: [{ bucket: 'pipedrive', max: 100 }], periodSeconds: 2 };
    const turnOf = (priorityKey: number) => takeTurn(db, many, never, importanceOf('pipedrive', priorityKey));
    const { place } = await turnOf(priorities.repair);
    const left = (dailyRemaining: number) =>
      finishCall(db, many, { place }, { ...answered, dailyLimit: 1000, dailyRemaining });
    await left(199);
    await assert.rejects(turnOf(priorities.repair), (error: unknown) => {
      assert.ok(error instanceof ApplicationFailure);
      assert.equal(error.type, 'DailyBudget');
      assert.match(
        error.message,
        /^the last 20 % of the daily budget of pipedrive are kept for more urgent calls; looked at again at [-\dT:]+ UTC$/,
      );
      return true;
    });
    await turnOf(priorities.webhook);
    await left(49);
    await assert.rejects(turnOf(priorities.webhook), { type: 'DailyBudget', nonRetryable: true });
    await left(0);
    await turnOf(priorities.booking);

    await db.raw(`update api_budget set observed_at = now() - interval '16 minutes'`);
    await turnOf(priorities.repair);
    await assert.rejects(turnOf(priorities.repair), { type: 'DailyBudget' }, 'one call finds out for all');
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
