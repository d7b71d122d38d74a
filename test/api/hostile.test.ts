import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { deflateSync, gzipSync } from 'node:zlib';
import { openApi } from '../../api/ops/openapi.ts';
import { contentsOf } from '../support/contents.ts';
import { sendBytes, sendRaw, type RawAnswer } from '../support/rawHttp.ts';
import { admin, openDoor, sam, tc2Key, type Door } from './callbooker/support.ts';

const sign = (body: string | Buffer): string => createHmac('sha256', tc2Key).update(body).digest('hex');
const json: [string, string] = ['content-type', 'application/json'];
const meeting = '9d3b0a52-6f5e-4a53-9f0e-3d6a2b1c4e5f';

describe('requests of people who mean harm', () => {
  let door: Door;
  let untouched: Record<string, string>;
  /** 48 kB that unfold to 50 MB. */
  let bombs: { gzip: Buffer; deflate: Buffer };
  before(async () => {
    const bytes = Buffer.alloc(50_000_000, ' ');
    bombs = { gzip: gzipSync(bytes), deflate: deflateSync(bytes) };
    door = await openDoor({
      settings: {
        PD_WEBHOOK_USERNAME: 'pipedrive',
        PD_WEBHOOK_PASSWORD: 'knock-knock',
        WEBHOOK_STARTS_IN_FLIGHT: '0',
      },
    });
    await door.db('admin').insert(admin(1, { is_support_person: true }));
    await door.db('company').insert({ id: 7, name: 'Harbour Tutors', tc2_cligency_id: 70412 });
    untouched = await contentsOf(door.db);
  });
  after(() => door.stop());
  afterEach(async () => assert.deepEqual(await contentsOf(door.db), untouched));

  /** The answer is the client's fault, says so in JSON, and tells nothing about the inside. */
  const isRefusal = (answer: RawAnswer, what: string): void => {
    assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status} ${answer.body}`);
    assert.match(answer.headers['content-type'] ?? '', /^application\/json/, what);
    assert.equal((JSON.parse(answer.body) as { status: string }).status, 'error', what);
    assert.doesNotMatch(answer.body, /\bat \/|node_modules|select |\.ts\b|knex|pg_/, what);
  };

  const bodies: [string, (body: string | Buffer) => [string, string][]][] = [
    ['/tc2/callback/', (body) => [['webhook-signature', sign(body)]]],
    [
      '/pipedrive/callback/',
      () => [['authorization', `Basic ${Buffer.from('pipedrive:knock-knock').toString('base64')}`]],
    ],
    ['/callbooker/sales/book/', () => [json]],
    ['/callbooker/support/book/', () => [json]],
    [`/callbooker/meeting/${meeting}/cancel/`, () => [json]],
    [`/callbooker/meeting/${meeting}/reschedule/`, () => [json]],
  ];
  const send = (path: string, body: string | Buffer, headers: readonly [string, string][]) =>
    sendRaw(`${door.url}${path}`, { headers, body });

  for (const [path, access] of bodies) {
    describe(`POST ${path}`, () => {
      it('refuses a body that is packed, whatever it unfolds to', async () => {
        for (const [coding, body] of [
          ['gzip', bombs.gzip],
          ['deflate', bombs.deflate],
          ['br', Buffer.from('not even brotli')],
          ['GZIP', gzipSync('{}')],
          ['gzip, identity', gzipSync('{}')],
          ['x-unheard-of', Buffer.from('{}')],
        ] as const) {
          const answer = await send(path, body, [...access(body), ['content-encoding', coding]]);
          assert.equal(answer.status, 415, coding);
          isRefusal(answer, coding);
        }
      });

      it('refuses more than 1 MB, announced or not, and ends the connection', async () => {
        const large = Buffer.alloc(1_200_000, ' ');
        const announced = await send(path, large, access(large));
        assert.equal(announced.status, 413);
        isRefusal(announced, 'announced');
        const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
        const head = access(large).map(([name, value]) => `${name}: ${value}\r\n`);
        const streamed = await sendBytes(
          door.url,
          `POST ${path} HTTP/1.1\r\nhost: hermes\r\ntransfer-encoding: chunked\r\n${head.join('')}\r\n${chunk.repeat(20)}0\r\n\r\n`,
        );
        assert.equal(streamed.status, 413);
        assert.equal(streamed.headers['connection'], 'close');
        isRefusal(streamed, 'streamed');
      });

      it('refuses nesting without end, and what only looks like JSON', async () => {
        const depth = 100_000;
        for (const body of [
          `${'['.repeat(depth)}${']'.repeat(depth)}`,
          '['.repeat(depth),
          `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
          `{"events": ${'['.repeat(100)}${']'.repeat(100)}, "meta": ${'{"a":'.repeat(100)}1${'}'.repeat(100)}, "s": ${'['.repeat(65)}${']'.repeat(65)}}`,
          '{"events": NaN}',
          "{'events': []}",
          '{"a": 1,}',
          '{"a": 1} {"b": 2}',
          '// comment\n{}',
          '{"a": "\u0001"}',
          '\u0000',
          Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
        ]) {
          const answer = await send(path, body, access(body));
          assert.equal(answer.status, 422, body.toString().slice(0, 40));
          isRefusal(answer, body.toString().slice(0, 40));
        }
      });

      it('refuses keys of prototypes in place of its own', async () => {
        for (const body of [
          '{"__proto__": {"events": [], "s": "x", "meta": {"entity": "deal"}, "admin_id": 1}}',
          '{"constructor": {"prototype": {"polluted": true}}}',
          '[{"__proto__": {"polluted": true}}]',
        ]) {
          const answer = await send(path, body, access(body));
          // Pipedrive is answered 200 for whatever is an object: it would stop sending. See the flow below.
          if (path === '/pipedrive/callback/' && body.startsWith('{')) {
            assert.equal(answer.status, 200);
            await door.db('webhook').delete();
          } else {
            isRefusal(answer, body);
          }
        }
        assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
        assert.equal(({} as Record<string, unknown>)['events'], undefined);
      });
    });
  }

  it('takes a header that decides about access once: sent twice it is none, whichever of the two is right', async () => {
    const body = '{"events": []}';
    const right: [string, string] = ['webhook-signature', sign(body)];
    const wrong: [string, string] = ['webhook-signature', sign('')];
    const basic = (password: string): [string, string] => [
      'authorization',
      `Basic ${Buffer.from(`pipedrive:${password}`).toString('base64')}`,
    ];
    const token = (key: string): [string, string] => ['Authorization', `token ${key}`];
    const link = '/callbooker/support-link/generate/tc2/?tc2_admin_id=61&tc2_cligency_id=70412';
    for (const [method, path, status, headers] of [
      ['POST', '/tc2/callback/', 403, [right, wrong]],
      ['POST', '/tc2/callback/', 403, [wrong, right]],
      ['POST', '/tc2/callback/', 403, [right, right]],
      ['POST', '/pipedrive/callback/', 401, [basic('knock-knock'), basic('wrong')]],
      ['POST', '/pipedrive/callback/', 401, [basic('wrong'), basic('knock-knock')]],
      ['GET', link, 403, [token(tc2Key), token('wrong')]],
      ['GET', link, 403, [token('wrong'), token(tc2Key)]],
    ] as const) {
      const answer = await sendRaw(`${door.url}${path}`, {
        method,
        headers,
        body: method === 'POST' ? body : '',
      });
      assert.equal(answer.status, status, `${path} ${JSON.stringify(headers)}`);
      isRefusal(answer, path);
    }
  });

  it('keeps every answer out of caches, frames and guesses at its type', async () => {
    for (const path of [
      '/loc/',
      '/companies/?name=x',
      '/healthz',
      '/nowhere',
      '/openapi.json',
      '/admin/overview',
    ]) {
      const { headers } = await sendRaw(`${door.url}${path}`, { method: 'GET' });
      assert.equal(headers['cache-control'], 'no-store', path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
      assert.match(headers['content-security-policy'] ?? '', /frame-ancestors '(self|none)'/, path);
      assert.match(headers['strict-transport-security'] ?? '', /max-age=/, path);
      assert.equal(headers['server'] ?? headers['x-powered-by'], undefined, path);
    }
  });

  it('has forms sent by https only where it is reached so', async () => {
    for (const [address, upgraded] of [
      ['http://hermes.acme.example', false],
      ['https://hermes.acme.example', true],
    ] as const) {
      const other = await openDoor({ settings: { BASE_URL: address } });
      try {
        const { headers } = await sendRaw(`${other.url}/callbooker/meeting/x/`, { method: 'GET' });
        const policy = headers['content-security-policy'] ?? '';
        assert.match(policy, /form-action 'self'/);
        assert.equal(policy.includes('upgrade-insecure-requests'), upgraded, address);
      } finally {
        await other.stop();
      }
    }
  });

  it('lets the pages of our websites read answers, and those of no other', async () => {
    const ask = (origin: string, method: string) =>
      sendRaw(`${door.url}/loc/`, {
        method,
        headers: [
          ['origin', origin],
          ['access-control-request-method', 'POST'],
        ],
      });
    for (const method of ['GET', 'OPTIONS']) {
      const ours = await ask('https://tutorcruncher.com', method);
      assert.equal(ours.headers['access-control-allow-origin'], 'https://tutorcruncher.com');
      // Cookies of operators are nobody's to send along.
      assert.equal(ours.headers['access-control-allow-credentials'], undefined);
      for (const origin of [
        'https://evil.example',
        'https://tutorcruncher.com.evil.example',
        'http://tutorcruncher.com',
        'https://tutorcruncher.com:444',
        'null',
        '*',
      ]) {
        const { headers } = await ask(origin, method);
        assert.equal(headers['access-control-allow-origin'], undefined, origin);
        assert.match(headers['vary'] ?? '', /origin/i);
      }
    }
  });

  it('takes a booking as JSON only: no form of another site can book', async () => {
    const body = JSON.stringify({ admin_id: 1, email: sam, name: 'X', meeting_dt: '2030-01-01T10:00:00Z' });
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      for (const kind of ['sales', 'support']) {
        const answer = await send(`/callbooker/${kind}/book/`, body, [['content-type', type]]);
        assert.equal(answer.status, 415, type);
        isRefusal(answer, type);
      }
    }
  });

  it('answers odd values in any query with a refusal or an answer, never with a fault of its own', async () => {
    const odd = [
      '%00',
      'a%00b',
      "'%20or%201=1--",
      '%F0%28%8C%28',
      '__proto__',
      'constructor',
      '99999999999999999999',
      '-1',
      '1e400',
      '1%3B drop table company'.replaceAll(' ', '%20'),
      '%7B%22%24gt%22%3A%22%22%7D',
      'x'.repeat(5000),
      '%ED%A0%80',
      '%E2%80%AE',
    ];
    const routes: [string, string[]][] = [
      ['/companies/', ['id', 'name', 'tc2_agency_id', 'tc2_cligency_id']],
      ['/choose-roundrobin/sales/', ['plan', 'country_code']],
      ['/callbooker/availability/', ['admin_id', 'start_dt', 'end_dt']],
      ['/callbooker/support-link/validate/', ['admin_id', 'company_id', 'e', 's']],
      [`/callbooker/meeting/${meeting}/`, ['s']],
    ];
    for (const [path, names] of routes) {
      for (const value of odd) {
        const queries = [
          ...names.map((name) => `${name}=${value}`),
          names.map((name) => `${name}=${value}`).join('&'),
          names.map((name) => `${name}[]=${value}&${name}[a]=1`).join('&'),
          `__proto__=${value}&constructor=${value}`,
        ];
        for (const query of queries) {
          const answer = await sendRaw(`${door.url}${path}?${query}`, { method: 'GET' });
          if (answer.status >= 400) isRefusal(answer, `${path}?${query}`);
        }
      }
    }
  });

  it('finds no route, and no file, beside those that there are', async () => {
    for (const path of [
      '/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/.env',
      '/.git/config',
      '/package.json',
      '/tc2/callback/%2e%2e/%2e%2e/metrics',
      '/%E0%A4%A',
      '/callbooker/meeting/%E0%A4%A/',
      '/callbooker/meeting/%00/',
      "/callbooker/meeting/1'or'1/",
      '/__proto__',
      '/constructor/prototype',
      '/admin/style.css/../../app.ts',
      '//evil.example/',
    ]) {
      const answer = await sendBytes(
        door.url,
        `GET ${path} HTTP/1.1\r\nhost: hermes\r\nconnection: close\r\n\r\n`,
      );
      assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
      assert.doesNotMatch(answer.body, /root:|DATABASE_URL|"dependencies"|hermes_webhooks/);
    }
  });

  it('answers methods that a route has not with 405 or 501, and writes nothing', async () => {
    for (const path of Object.keys(openApi.paths ?? {})) {
      const there = path.replace('{uuid}', meeting).replace('{extension}', 'profile');
      for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']) {
        const answer = await sendRaw(`${door.url}${there}`, { method });
        assert.ok([405, 501].includes(answer.status), `${method} ${there}: ${answer.status}`);
        assert.equal((JSON.parse(answer.body) as { status: string }).status, 'error');
      }
    }
  });

  it('takes its own address from the settings, whatever host a request names', async () => {
    for (const headers of [
      [
        ['x-forwarded-host', 'evil.example'],
        ['x-forwarded-proto', 'gopher'],
      ],
      [['forwarded', 'host=evil.example']],
      [['x-original-url', '/admin/operators']],
    ] as [string, string][][]) {
      const link = await sendRaw(
        `${door.url}/callbooker/support-link/generate/tc2/?tc2_admin_id=61&tc2_cligency_id=70412`,
        { method: 'GET', headers: [['authorization', `token ${tc2Key}`], ...headers] },
      );
      assert.equal(link.status, 200);
      assert.ok(
        (JSON.parse(link.body) as { link: string }).link.startsWith('https://site.example/book-a-call/1/?'),
      );
    }
    const odd = await sendBytes(
      door.url,
      'GET /admin/webhooks HTTP/1.1\r\nhost: a b:c:d\r\nconnection: close\r\n\r\n',
    );
    assert.equal(odd.status, 401);
  });
});
