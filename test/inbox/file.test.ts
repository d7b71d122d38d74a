import assert from 'node:assert/strict';
import type pg from 'pg';
import { createPool } from '../../db/pool.ts';
import type { ArrivedEvent, Delivery } from '../../inbox/event.ts';
import { fileDelivery } from '../../inbox/file.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const event = (client: number): ArrivedEvent => ({
  type: 'TcClientUpdated',
  subject: `client-${client}`,
  summary: `TC2 client ${client}, EDITED_A_CLIENT`,
  eventAt: new Date('2026-11-23T10:00:00Z'),
  ignoredBecause: null,
  content: { client },
  companyBy: { column: 'tc2_cligency_id', value: client },
});

const delivery = (...clients: number[]): Delivery => ({
  source: 'tc2',
  body: Buffer.from(JSON.stringify(clients)),
  events: clients.map(event),
  startGraceSeconds: 0,
});

/** More than the database takes for an id: the statement fails. */
const unstorable = 10_000_000_000;

describe('inbox/file', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  before(async () => {
    database = await createTestDatabase();
    pool = createPool(database.url, 10, () => undefined);
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(() => pool.query('truncate webhook, company cascade'));

  const stored = async (): Promise<{ id: number; subject: string }[]> => {
    const { rows } = await pool.query<{ id: number; subject: string }>(
      'select id, subject from webhook order by id',
    );
    return rows;
  };

  it('files what comes at the same time, each under its own row', async () => {
    const clients = Array.from({ length: 100 }, (_, index) => index + 1);
    const filed = await Promise.all(clients.map((client) => fileDelivery(pool, delivery(client))));
    const subjects = new Map((await stored()).map(({ id, subject }) => [id, subject]));
    assert.equal(subjects.size, 100);
    for (const [index, client] of clients.entries()) {
      const [one] = filed[index] ?? [];
      assert.equal(one?.duplicate, false);
      assert.equal(subjects.get(one.webhookId), `client-${client}`);
      assert.equal(one.startable?.subject, `client-${client}`);
      assert.equal(one.startable?.id, one.webhookId);
    }
  });

  it('files the same bytes once, also when they come twice at the same time', async () => {
    const copies = await Promise.all(Array.from({ length: 40 }, () => fileDelivery(pool, delivery(7))));
    const rows = await stored();
    assert.equal(rows.length, 1);
    const filed = copies.map(([one]) => one);
    assert.equal(filed.filter((one) => one?.duplicate === false).length, 1);
    assert.deepEqual(new Set(filed.map((one) => one?.webhookId)), new Set([rows[0]?.id]));
    assert.equal(filed.filter((one) => one?.startable !== null).length, 1);
  });

  it('lets a row that cannot be stored fail alone', async () => {
    const results = await Promise.allSettled(
      [1, 2, unstorable, 3, 4].map((client) => fileDelivery(pool, delivery(client))),
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
    assert.equal((await stored()).length, 4);
  });

  it('files a batch whole or not at all, with the bytes in its first row', async () => {
    const batch = delivery(1, 2, 3);
    const filed = await fileDelivery(pool, batch);
    const { rows } = await pool.query<{ id: number; body: Buffer | null; envelope_id: number | null }>(
      'select id, body, envelope_id from webhook order by event_index',
    );
    assert.deepEqual(
      rows.map(({ id }) => id),
      filed.map(({ webhookId }) => webhookId),
    );
    assert.deepEqual(
      rows.map(({ body }) => body?.toString() ?? null),
      [batch.body.toString(), null, null],
    );
    assert.deepEqual(
      rows.map((row) => row.envelope_id),
      [null, rows[0]?.id, rows[0]?.id],
    );
    await assert.rejects(fileDelivery(pool, delivery(4, unstorable)));
    assert.equal((await stored()).length, 3);
  });

  it('fails every waiting delivery when the database is away, and works again when it is back', async () => {
    const away = createPool(database.url.replace(/:\d+\//, ':9/'), 2, () => undefined);
    const results = await Promise.allSettled([1, 2, 3].map((client) => fileDelivery(away, delivery(client))));
    assert.deepEqual(new Set(results.map(({ status }) => status)), new Set(['rejected']));
    await away.end();
    await fileDelivery(pool, delivery(1));
    assert.equal((await stored()).length, 1);
  });

  it('knows the company of the event where there is one', async () => {
    const { rows } = await pool.query<{ id: number }>(
      `insert into company (name, tc2_cligency_id, price_plan, created) values ('Harbour Tutors', 70412, 'payg', now()) returning id`,
    );
    const [filed] = await Promise.all([fileDelivery(pool, delivery(70412)), fileDelivery(pool, delivery(5))]);
    assert.equal(filed[0]?.startable?.companyId, rows[0]?.id);
  });
});
