import assert from 'node:assert/strict';
import type pg from 'pg';
import { bookingLimits, readingLimit, type BookingLimits } from '../../../api/callbooker/limits.ts';
import { HttpError } from '../../../api/errors.ts';
import { createPool } from '../../../db/pool.ts';
import { readEnvironment } from '../../../environment/environment.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

describe('api/callbooker/limits', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let one: BookingLimits;
  let other: BookingLimits;
  before(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, 4, () => undefined);
    const environment = readEnvironment({
      DATABASE_URL: database.url,
      BOOKING_MAX_PER_IP: '4',
      BOOKING_MAX_PER_EMAIL: '2',
    });
    one = bookingLimits(pool, environment);
    other = bookingLimits(pool, environment);
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });

  const refused = (error: unknown): boolean =>
    error instanceof HttpError && error.status === 429 && Number(error.headers['retry-after']) > 0;

  it('counts per e-mail and per address, over all processes together', async () => {
    await one.check('192.0.2.1', 'nell@harbour-tutors.example');
    await other.check('192.0.2.2', 'nell@harbour-tutors.example');
    await assert.rejects(one.check('192.0.2.3', 'nell@harbour-tutors.example'), refused);
    await assert.rejects(other.check('192.0.2.3', 'nell@harbour-tutors.example'), refused);
    await other.check('192.0.2.3', null);
    await one.check('192.0.2.3', 'sam@harbour-tutors.example');
    await assert.rejects(other.check('192.0.2.3', null), refused);
  });

  it('keeps neither addresses nor e-mails', async () => {
    const { rows } = await pool.query<{ key: string }>('select key from rate_limit');
    assert.ok(rows.length > 0);
    assert.ok(rows.every(({ key }) => /^booking-(ip|email):[0-9a-f]{32}$/.test(key)));
  });

  it('lets an address ask for a calendar 600 times in ten minutes, however the questions differ', async () => {
    const count = readingLimit();
    await Promise.all(Array.from({ length: 600 }, () => count('192.0.2.1')));
    await assert.rejects(count('192.0.2.1'), refused);
    await count('192.0.2.2');
  });
});
