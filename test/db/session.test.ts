import assert from 'node:assert/strict';
import pg from 'pg';
import { connectDatabase } from '../../db/connection.ts';
import { migrate } from '../../db/migrate.ts';
import { createPool } from '../../db/pool.ts';
import { createEmptyDatabase, type TestDatabase } from '../support/database.ts';

describe('db/session', () => {
  let database: TestDatabase;
  before(async () => {
    database = await createEmptyDatabase();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    for (const preference of [
      `datestyle to 'German, DMY'`,
      `timezone to 'Asia/Kolkata'`,
      `bytea_output to 'escape'`,
    ]) {
      await client.query(`alter database ${database.name} set ${preference}`);
    }
    await client.end();
  });
  after(() => database.drop());

  it('reads what it wrote, however the database prefers to show moments and bytes', async () => {
    await migrate(database.url);
    const db = connectDatabase(database.url, 1, 'test');
    const pool = createPool(database.url, 1, assert.ifError);
    const moment = new Date('2026-02-03T04:05:06.789Z');
    const body = Buffer.from('\u0000\\ümlaut');
    await db('webhook').insert({
      source: 'tc2',
      dedupe_key: 'key',
      type: 'TcClientUpdated',
      subject: 'tc-client-1',
      summary: 'client 1',
      body,
      body_hash: Buffer.alloc(32),
      received_at: moment,
    });
    const query = 'select received_at, body, received_at::text::timestamptz as again from webhook';
    const expected = [{ received_at: moment, body, again: moment }];
    assert.deepEqual((await db.raw(query)).rows, expected);
    assert.deepEqual((await pool.query(query)).rows, expected);
    await Promise.all([db.destroy(), pool.end()]);
  });
});
