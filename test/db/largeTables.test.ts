import assert from 'node:assert/strict';
import { tidyBookings } from '../../activities/hermes/bookings/tidy.ts';
import { refusalsByCause } from '../../api/admin/refusals.ts';
import { findCompanies } from '../../api/lookups/companies.ts';
import { lastPerson } from '../../api/lookups/roundRobin.ts';
import type { Database } from '../../db/connection.ts';
import { readEnvironment } from '../../environment/environment.ts';
import { pruneBodies } from '../../inbox/prune.ts';
import { claimDue } from '../../inbox/relay.ts';
import { createLogger } from '../../observability/logger.ts';
import { findBehind } from '../../worker/sweep.ts';
import { useDatabase } from '../support/database.ts';
import { rowsMet } from '../support/rowsMet.ts';

const retentionDays = 90;

/** 8,000 events that ended, every second a booking and 10 with a body, and 1,500 newer ones that wait; 3,000 calls, 10 with a body. */
const inbox = `
  insert into webhook (source, dedupe_key, type, subject, summary, body, body_hash, received_at, next_start_at, outcome, finished_at)
    select case when n <= 8000 and n % 2 = 0 then 'callbooker' else 'tc2' end, n, 'TcClientUpdated', n, n,
      case when n <= 10 then '\\x00'::bytea end, '', now() - (9501 - n) * interval '1 hour', now() - interval '1 minute',
      case when n <= 8000 then 'applied' end, case when n <= 8000 then now() end
    from generate_series(1, 9500) as n;
  insert into api_call (at, system, method, endpoint, duration_ms, request_body)
    select now() - interval '100 days', 'pipedrive', 'GET', '/', 1, case when n <= 10 then '{}'::jsonb end
    from generate_series(1, 3000) as n;`;

/** 3,000 companies, three of which are behind and three refused; 20,000 calls, the last ten of them ahead. */
const records = `
  insert into admin (id, username) values (1, 'sam@acme.example');
  insert into company (id, name, sales_person_id, support_person_id, created, wanted_version, wanted_at, pipedrive_synced_version,
      tc2_synced_version, pipedrive_failed_version, pipedrive_failure)
    select n, 'Company ' || n, 1, 1, now() - n * interval '1 hour', 2, now() - interval '1 hour',
      case when n % 1000 in (1, 2) then 1 else 2 end, 2, case when n % 1000 = 1 then 2 end, 'organization of company 1: refused'
    from generate_series(1, 3000) as n;
  insert into contact (id, company_id) values (1, 1);
  insert into meeting (meeting_type, admin_id, contact_id, created, start_time, slot, calendar_synced_at)
    select 'sales', 1, 1, now() - interval '1 year', start, tstzrange(start, start), start from (
      select now() + interval '10 hours 30 minutes' - n * interval '1 hour' as start from generate_series(1, 20000) as n
    ) as calls;`;

describe('with large tables', () => {
  const database = useDatabase(1);
  const environment = readEnvironment({ DATABASE_URL: 'postgresql://unused', LOG_LEVEL: 'silent' });
  const logger = createLogger({ level: 'silent', process: 'test' });

  before(async () => {
    await database.db.raw(inbox);
    await database.db.raw(records);
    await database.db.raw('analyze');
  });

  /** @param most rows that the work may meet, by table */
  const meetsAtMost = async (
    most: Record<string, number>,
    work: (trx: Database) => Promise<void>,
  ): Promise<void> => {
    const met = await rowsMet(database.db, work);
    const tooMany = Object.entries(most).filter(([table, rows]) => (met[table] ?? 0) > rows);
    assert.deepEqual(
      tooMany.map(([table]) => `${met[table] ?? 0} rows of ${table}`),
      [],
    );
  };

  it('the relay takes the oldest that wait without a look at what came before them', () =>
    meetsAtMost({ webhook: 300 }, async (trx) => {
      const [oldest] = await claimDue(trx);
      assert.equal(oldest?.subject, '8001');
    }));

  it('the sweep meets the companies that are behind', () =>
    meetsAtMost({ company: 20 }, async (trx) => {
      const ids = (await findBehind(trx)).map(({ id }) => id);
      assert.deepEqual(new Set(ids), new Set([2, 1002, 2002]));
    }));

  it('retention meets what has a body left', () =>
    meetsAtMost({ webhook: 40, api_call: 20 }, async (trx) => {
      assert.equal(await pruneBodies(trx, retentionDays), 10);
    }));

  it('the next in turn is found by the newest company alone', () =>
    meetsAtMost({ company: 2 }, async (trx) => {
      assert.equal(await lastPerson(trx, 'sales_person_id', { price_plan: 'payg' }), 1);
      assert.equal(await lastPerson(trx, 'support_person_id', {}), 1);
    }));

  it('a company is found by its name', () =>
    meetsAtMost({ company: 2 }, async (trx) => {
      const found = await findCompanies(trx, { name: 'Company 7' });
      assert.deepEqual(
        found.map(({ id }) => id),
        [7],
      );
      assert.deepEqual(await findCompanies(trx, { name: 'company 8' }), []);
    }));

  it('refusals are counted without the companies that were refused nothing', () =>
    meetsAtMost({ company: 10 }, async (trx) => {
      assert.deepEqual(
        (await refusalsByCause(trx)).map(({ companies }) => companies),
        [3],
      );
    }));

  it('the watch of the calendars meets calls ahead, and no booking that came to its end', () =>
    meetsAtMost({ meeting: 30, webhook: 1600 }, async (trx) => {
      assert.deepEqual(await tidyBookings({ db: trx, environment, logger })(), [1]);
    }));
});
