import assert from 'node:assert/strict';
import { once } from 'node:events';
import pg from 'pg';
import { settleInTime } from '../../../api/callbooker/runBooking.ts';
import { HttpError } from '../../../api/errors.ts';
import { createLogger } from '../../../observability/logger.ts';
import { useDatabase } from '../../support/database.ts';

describe('callbooker: a booking that gave no answer while PostgreSQL cannot be asked', () => {
  const database = useDatabase();
  const logger = createLogger({ level: 'silent', process: 'test' });

  it('is answered with neither yes nor no', async () => {
    const pool = new pg.Pool({ host: '127.0.0.1', port: 9 });
    await assert.rejects(settleInTime({ pool, logger }, 1), (error: unknown) => {
      assert.ok(error instanceof HttpError);
      assert.equal(error.status, 500);
      assert.match(error.message, /cannot tell whether your call was booked/);
      return true;
    });
    await pool.end();
  });

  it('is answered by its row once PostgreSQL can be asked again', async () => {
    const { db, url } = database;
    const [{ id }] = (await db('webhook')
      .insert({
        source: 'callbooker',
        dedupe_key: 'late',
        subject: 'booking-late',
        summary: 'sales call',
        body: Buffer.from('{}'),
        body_hash: Buffer.alloc(32),
        content_hash: Buffer.alloc(32),
      })
      .returning('id')) as [{ id: number }];
    const pool = new pg.Pool({ connectionString: url, statement_timeout: 50 });
    const lock = await db.transaction();
    await lock.raw('lock table webhook in access exclusive mode');
    // A connection on which a statement failed is given up.
    const firstFailure = once(pool, 'remove');
    const answering = settleInTime({ pool, logger }, id);
    await firstFailure;
    await lock.rollback();
    const answer = await answering;
    assert.equal(answer.ok || answer.status, 503);
    assert.equal((await db('webhook').where({ id }).first('outcome'))?.outcome, 'refused');
    await pool.end();
  });
});
