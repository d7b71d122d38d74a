import assert from 'node:assert/strict';
import { pino } from 'pino';
import type pg from 'pg';
import { createPool } from '../../db/pool.ts';
import { createStarter, startFiled, type Starter } from '../../inbox/starter.ts';
import { lazyClient } from '../../temporal/connection.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** Nothing listens there. */
const away = { connectionOptions: { address: '127.0.0.1:9' }, namespace: 'default' };

describe('inbox/starter', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  let connection: ReturnType<typeof lazyClient>;
  let clock = 0;
  before(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, 2, () => undefined);
    connection = lazyClient(away, { StartWorkflowExecution: 100 });
  });
  after(async () => {
    await connection.close();
    await pool.end();
    await database.drop();
  });

  const starterWith = (limit: number): Starter =>
    createStarter({
      temporal: () => ({ client: connection.client, eager: false }),
      pool,
      logger: pino({ level: 'silent' }),
      limit,
      now: () => clock,
    });

  const event = {
    id: 1,
    source: 'tc2',
    type: 'TcClientUpdated' as const,
    workflowId: 'tc-client-70412-3fa85f64a1b2',
    subject: 'client-70412',
    summary: 'TC2 client 70412, EDITED_A_CLIENT',
    companyId: null,
    traceParent: null,
  };

  it('starts a few at once and a few per second, and leaves the rest of a burst to the relay', () => {
    const starter = starterWith(8);
    const places = (asked: number): number =>
      Array.from({ length: asked }, () => starter.takePlace()).filter(Boolean).length;
    assert.equal(places(100), 8);
    clock += 500;
    assert.equal(places(100), 4);
    for (let burst = 0; burst < 100; burst += 1) {
      clock += 50;
      assert.equal(places(1), 0);
    }
    clock += 60_000;
    assert.equal(places(100), 8);
  });

  it('starts nothing when told so', () => {
    assert.equal(starterWith(0).takePlace(), false);
  });

  it('rests after a start that failed: Temporal is away', async () => {
    const starter = starterWith(8);
    assert.equal(starter.takePlace(), true);
    starter.start(event);
    await starter.drained();
    clock += 1000;
    assert.equal(starter.takePlace(), false);
    clock += 4000;
    assert.equal(starter.takePlace(), true);
    starter.start(event);
    assert.equal(starter.takePlace(), false, 'one start finds out whether Temporal is back');
    await starter.drained();
  });

  it('calls the relay once for a burst', async () => {
    const listener = await pool.connect();
    let calls = 0;
    listener.on('notification', () => {
      calls += 1;
    });
    await listener.query('listen hermes_webhook');
    const starter = starterWith(8);
    const filed = [{ webhookId: 1, startable: event, duplicate: false }];
    for (let one = 0; one < 50; one += 1) startFiled(starter, filed, false);
    startFiled(starter, [{ webhookId: 2, startable: null, duplicate: true }], false);
    await starter.drained();
    await listener.query('select 1');
    assert.equal(calls, 1);
    listener.release(true);
  });
});
