import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import pino from 'pino';
import { startApi, type RunningApi } from '../../../api/start.ts';
import { connectDatabase, type Database } from '../../../db/connection.ts';
import { readEnvironment } from '../../../environment/environment.ts';
import { lazyClient } from '../../../temporal/connection.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('api/pipedrive/callback', () => {
  let database: TestDatabase;
  let db: Database;
  // Temporal is away in all of these tests: the door answers all the same.
  const temporal = lazyClient({ connectionOptions: { address: '127.0.0.1:1' }, namespace: 'default' });
  const running: RunningApi[] = [];

  before(async () => {
    database = await createTestDatabase();
    db = connectDatabase(database.url, 4, 'test');
  });
  after(async () => {
    for (const api of running) await api.stop();
    await temporal.close();
    await db.destroy();
    await database.drop();
  });
  beforeEach(() => db('webhook').delete());

  const open = async (settings: Record<string, string> = {}): Promise<string> => {
    const environment = readEnvironment({
      DATABASE_URL: database.url,
      HOST: '127.0.0.1',
      PORT: '0',
      WEBHOOK_STARTS_IN_FLIGHT: '0',
      TC2_API_KEY: 'tc2-key',
      ...settings,
    });
    const api = await startApi(environment, temporal.client, pino({ level: 'silent' }));
    running.push(api);
    return `http://127.0.0.1:${api.port}/pipedrive/callback/`;
  };
  let url: string;
  before(async () => {
    url = await open();
  });

  const post = async (
    body: unknown,
    options: { to?: string; authorization?: string } = {},
  ): Promise<{ status: number; body: unknown; headers: Headers }> => {
    const response = await fetch(options.to ?? url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(options.authorization === undefined ? {} : { authorization: options.authorization }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: await response.json(), headers: response.headers };
  };
  const event = (meta: Record<string, unknown> = {}, rest: Record<string, unknown> = {}) => ({
    meta: {
      id: randomUUID(),
      entity: 'organization',
      entity_id: '20',
      action: 'change',
      timestamp: '2026-11-20T18:16:56.057Z',
      version: '2.0',
      change_source: 'app',
      attempt: 1,
      ...meta,
    },
    data: { id: 20, name: 'Harbour Tutors' },
    previous: { name: 'Harbor Tutors' },
    ...rest,
  });
  const only = async () => {
    const rows = await db('webhook').select('*');
    assert.equal(rows.length, 1);
    return rows[0] as Record<string, unknown>;
  };

  it('takes an event, and files it under its type, subject and company', async () => {
    const [company] = await db('company').insert({ name: 'Harbour Tutors', pd_org_id: 20 }).returning('id');
    const answer = await post(event());
    assert.deepEqual([answer.status, answer.body], [200, { status: 'ok' }]);
    const row = await only();
    assert.equal(row['type'], 'PdOrganizationUpdated');
    assert.equal(row['subject'], 'organization-20');
    assert.equal(row['summary'], 'Pipedrive organization 20, change');
    assert.match(String(row['workflow_id']), /^pd-organization-20-[0-9a-f]{12}$/);
    assert.equal(row['company_id'], (company as { id: number }).id);
    assert.equal(row['outcome'], null);
    await db('company').delete();
  });

  it('takes an event once, however often it is delivered', async () => {
    const once = event();
    await post(once);
    const again = await post({ ...once, meta: { ...once.meta, attempt: 2 } });
    assert.equal(again.status, 200);
    await only();
  });

  it('PDL-10: a deleted pipeline or stage is answered 200 and kept', async () => {
    const [kept] = (await db('pipeline').insert({ pd_pipeline_id: 1, name: 'PAYG' }).returning('id')) as {
      id: number;
    }[];
    const gone = { data: null, previous: { id: 1, name: 'PAYG' } };
    const answer = await post(event({ entity: 'pipeline', entity_id: '1', action: 'delete' }, gone));
    assert.equal(answer.status, 200);
    const row = await only();
    assert.deepEqual([row['outcome'], row['type']], ['ignored', null]);
    assert.ok(await db('pipeline').where({ id: kept?.id }).first('id'));
    await db('pipeline').delete();
  });

  it('works with and without the final slash', async () => {
    assert.equal((await post(event(), { to: url.slice(0, -1) })).status, 200);
  });

  for (const [name, body, reason] of [
    ['PDW-01, PDW-02, PDW-03: an unknown entity', event({ entity: 'product' }), /product/],
    ['PDW-04, PDW-05: an activity', event({ entity: 'activity', entity_id: '3' }), /activity/],
    ['PDW-06: a note', event({ entity: 'note' }), /note/],
    ['PDW-13: neither data nor previous', event({}, { data: null, previous: null }), /no data/],
    [
      'a webhook of version 1',
      { v: 1, event: 'updated.organization', current: { id: 20 }, meta: { v: 1 } },
      /version 1/,
    ],
    ['an empty object', {}, /meta/],
  ] as const) {
    it(`${name} is answered 200 and kept as ignored, with the reason`, async () => {
      assert.equal((await post(body)).status, 200);
      const row = await only();
      assert.equal(row['outcome'], 'ignored');
      assert.match(String(row['reason']), reason);
      assert.equal(row['workflow_id'], null);
    });
  }

  for (const [name, entity] of [
    ['PDW-08', 'organization'],
    ['PDW-10', 'deal'],
    ['PDW-11', 'pipeline'],
  ] as const) {
    it(`${name}: a ${entity} whose \`previous\` makes no sense is taken`, async () => {
      for (const previous of ['nonsense', 7, [], { id: {}, custom_fields: 'none' }, true]) {
        assert.equal((await post(event({ entity }, { previous }))).status, 200);
      }
      const rows = await db('webhook').select('type', 'outcome');
      assert.equal(rows.length, 5);
      assert.ok(
        rows.every((row: { type: unknown; outcome: unknown }) => row.type !== null && row.outcome === null),
      );
    });
  }

  it('PDW-07: a body that is no object is 422', async () => {
    for (const body of ['[]', '"text"', '7', 'null', 'true', '{', '']) {
      const answer = await post(body);
      assert.equal(answer.status, 422, body);
      assert.equal((answer.body as { status: string }).status, 'error');
    }
    assert.equal((await db('webhook').select('id')).length, 0);
  });

  describe('with a password', () => {
    let guarded: string;
    let named: string;
    before(async () => {
      guarded = await open({ PD_WEBHOOK_PASSWORD: 'new-secret', PD_WEBHOOK_PASSWORD_PREVIOUS: 'old-secret' });
      named = await open({ PD_WEBHOOK_USERNAME: 'pipedrive', PD_WEBHOOK_PASSWORD: 'pass:word ü' });
    });

    it('lets the current and the previous password in, under any name', async () => {
      for (const authorization of [basic('', 'new-secret'), basic('anyone', 'old-secret')]) {
        assert.equal((await post(event(), { to: guarded, authorization })).status, 200);
      }
    });

    it('asks for the name where one is set', async () => {
      const status = async (authorization: string) =>
        (await post(event(), { to: named, authorization })).status;
      assert.equal(await status(basic('pipedrive', 'pass:word ü')), 200);
      assert.equal(await status(basic('someone', 'pass:word ü')), 401);
    });

    it('answers everyone else 401 with a challenge, and keeps nothing', async () => {
      for (const authorization of [
        undefined,
        '',
        'Basic',
        'Basic !!!',
        'Bearer new-secret',
        basic('', 'wrong'),
        basic('', ''),
        'Basic bm9jb2xvbg==',
      ]) {
        const answer = await post(event(), {
          to: guarded,
          ...(authorization === undefined ? {} : { authorization }),
        });
        assert.equal(answer.status, 401, authorization);
        assert.deepEqual(answer.body, { status: 'error', message: 'Unauthorized' });
        assert.match(answer.headers.get('www-authenticate') ?? '', /^Basic realm=/);
      }
      assert.equal((await db('webhook').select('id')).length, 0);
    });
  });

  it('answers no mutation of a payload with a server error', async () => {
    const strange = fc.anything({ withNullPrototype: false, maxDepth: 3 });
    const keys = fc.constantFrom(
      'id',
      'entity',
      'entity_id',
      'action',
      'timestamp',
      'correlation_id',
      'webhook_id',
      'version',
    );
    const mutated = fc
      .record({
        meta: fc.dictionary(keys, strange),
        data: strange,
        previous: strange,
        top: fc.dictionary(fc.string(), strange),
      })
      .map(({ meta, data, previous, top }) => ({ ...top, ...event(meta), data, previous }));
    await fc.assert(
      fc.asyncProperty(mutated, async (body) => {
        const text = JSON.stringify(body, (_key, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        );
        const { status } = await post(text);
        assert.ok(status < 500, `${status}: ${text}`);
      }),
      { numRuns: 150 },
    );
  });
});
