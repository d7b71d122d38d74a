import assert from 'node:assert/strict';
import pg from 'pg';
import { isDatabaseAway } from '../../db/away.ts';
import { signBody } from '../../sandbox/tc2/events.ts';
import { stack } from '../support/stack.ts';
import { openDoor, tc2Key, type Door } from './callbooker/support.ts';

describe('api while the database is away', () => {
  let door: Door;
  before(async () => {
    door = await openDoor({ settings: { DATABASE_URL: 'postgresql://hermes@127.0.0.1:1/hermes' } });
  });
  after(() => door.stop());

  const refused = {
    status: 503,
    body: {
      status: 'error',
      message: 'This cannot be done at the moment. Please try again in a few minutes.',
    },
  };

  it('asks senders and visitors to come again', async () => {
    const delivery = JSON.stringify({
      events: [{ action: 'EDITED_A_CLIENT', subject: { model: 'Client', id: 1, meta_agency: { id: 2 } } }],
    });
    const signature = { 'webhook-signature': signBody(Buffer.from(delivery), tc2Key) };
    assert.deepEqual(await door.post('/tc2/callback/', delivery, signature), refused);
    const booking = {
      admin_id: 1,
      name: 'Brain Junes',
      email: 'brain@junes.com',
      company_name: 'Junes Ltd',
      price_plan: 'payg',
      meeting_dt: new Date(Date.now() + 86_400_000).toISOString(),
    };
    assert.deepEqual(await door.post('/callbooker/sales/book/', booking), refused);
    assert.deepEqual(await door.get('/companies/?id=1'), refused);
    const { headers } = await fetch(`${door.url}/choose-roundrobin/support/`);
    assert.equal(headers.get('retry-after'), '30');
  });

  it('knows a connection that was ended from a statement that is wrong', async () => {
    const { adminUrl } = await stack();
    const [one, other] = [0, 1].map(() => new pg.Client({ connectionString: adminUrl }));
    assert.ok(one !== undefined && other !== undefined);
    one.on('error', () => undefined);
    await Promise.all([one.connect(), other.connect()]);
    const errorOf = (query: Promise<unknown>): Promise<unknown> =>
      query.then(
        () => null,
        (error: unknown) => error,
      );
    try {
      assert.equal(isDatabaseAway(await errorOf(one.query('select nothing'))), false);
      const { rows } = await one.query<{ pid: number }>('select pg_backend_pid() as pid');
      const waiting = errorOf(one.query('select pg_sleep(60)'));
      const ended = new Promise((resolve) => one.once('end', resolve));
      await other.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      assert.equal(isDatabaseAway(await waiting), true);
      await ended;
      assert.equal(isDatabaseAway(await errorOf(one.query('select 1'))), true);
    } finally {
      await Promise.all([one.end().catch(() => undefined), other.end()]);
    }
  });

  it('tells by the code, where there is one', () => {
    const coded = (code: string): Error => Object.assign(new Error('Connection terminated'), { code });
    for (const code of ['ECONNREFUSED', '08006', '57P01', '57P03', '53300', '25006']) {
      assert.equal(isDatabaseAway(coded(code)), true, code);
    }
    for (const code of ['23505', '42P01', '57014', 'ERR_INVALID_ARG_TYPE']) {
      assert.equal(isDatabaseAway(coded(code)), false, code);
    }
    assert.equal(isDatabaseAway(new Error('timeout exceeded when trying to connect')), true);
    assert.equal(isDatabaseAway(new Error('Client was closed and is not queryable')), true);
    assert.equal(isDatabaseAway(new Error('of our own')), false);
    assert.equal(isDatabaseAway('Connection terminated'), false);
  });
});
