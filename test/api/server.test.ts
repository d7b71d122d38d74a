import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import Koa from 'koa';
import pino from 'pino';
import type { RequestState } from '../../api/context.ts';
import { answerErrors } from '../../api/middleware/errors.ts';
import { readRawBody } from '../../api/middleware/rawBody.ts';
import { listen, type ApiServer } from '../../api/server.ts';
import { sendBytes, sendRaw } from '../support/rawHttp.ts';

/** The limits of production are the same ones, only longer. */
const hasty = { headersMs: 150, requestMs: 300, idleMs: 600, checkEveryMs: 25 };

describe('api/server: requests that never end', () => {
  let server: ApiServer;
  let url: string;
  /** Bodies that arrived as a whole. */
  let taken: number;
  before(async () => {
    const app = new Koa<RequestState>();
    app.silent = true;
    app.use(answerErrors(pino({ level: 'silent' })));
    app.use(async (context) => {
      if (context.method === 'POST') await readRawBody(context);
      taken += 1;
      context.body = { status: 'ok' };
    });
    server = await listen(app, { host: '127.0.0.1', port: 0 }, hasty);
    url = `http://127.0.0.1:${server.port}/`;
  });
  after(() => server.close());
  beforeEach(() => {
    taken = 0;
  });

  const late = { status: 'error', message: 'The request took too long to arrive' };

  it('gives headers that do not come to an end 408', async () => {
    const answer = await sendBytes(url, 'POST /tc2/callback/ HTTP/1.1\r\nhost: hermes\r\nx-slow: ');
    assert.equal(answer.status, 408);
    assert.equal(answer.headers['connection'], 'close');
    assert.deepEqual(JSON.parse(answer.body), late);
    assert.equal(taken, 0);
  });

  it('gives a body that does not come to an end 408, and takes nothing of it', async () => {
    for (const [framing, begun] of [
      ['content-length: 1000', '{"events": ['],
      ['transfer-encoding: chunked', 'c\r\n{"events": [\r\n'],
    ]) {
      const answer = await sendBytes(
        url,
        `POST /tc2/callback/ HTTP/1.1\r\nhost: hermes\r\n${framing}\r\n\r\n${begun}`,
      );
      assert.equal(answer.status, 408, framing);
      assert.deepEqual(JSON.parse(answer.body), late);
    }
    assert.equal(taken, 0);
  });

  it('ends a connection on which nothing is said, and goes on answering others', async () => {
    const silent = net.connect(server.port, '127.0.0.1');
    silent.on('error', () => undefined);
    const ended = once(silent, 'close');
    assert.equal((await sendRaw(url, { body: '{}' })).status, 200);
    silent.resume();
    await ended;
    assert.equal(taken, 1);
  });

  it('takes nothing from a sender who breaks off', async () => {
    const socket = net.connect(server.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nhost: hermes\r\ncontent-length: 100\r\n\r\n{"events"');
    socket.destroy();
    await once(socket, 'close');
    assert.equal((await sendRaw(url, { body: '{}' })).status, 200);
    assert.equal(taken, 1);
  });
});

describe('api/server: requests that are not HTTP, or too much of it', () => {
  let server: ApiServer;
  let url: string;
  before(async () => {
    const app = new Koa<RequestState>();
    app.use((context) => {
      context.body = { status: 'ok' };
    });
    server = await listen(app, { host: '127.0.0.1', port: 0 });
    url = `http://127.0.0.1:${server.port}/`;
  });
  after(() => server.close());

  for (const [what, bytes, status] of [
    ['noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['a line break in a header', 'GET / HTTP/1.1\r\nhost: a\rb\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    [
      'chunks that are coded once more',
      'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, gzip\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a length that is no number', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n', 400],
    ['no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['an expectation', 'GET / HTTP/1.1\r\nhost: a\r\nexpect: tea\r\n\r\n', 417],
    ['headers of 20 kB', `GET / HTTP/1.1\r\nhost: a\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['a path of 20 kB', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: a\r\n\r\n`, 431],
  ] as const) {
    it(`answers ${what} with ${status}`, async () => {
      const answer = await sendBytes(url, Buffer.from(bytes, 'latin1'));
      assert.equal(answer.status, status);
      assert.equal(answer.headers['connection'], 'close');
      assert.equal((JSON.parse(answer.body) as { status: string }).status, 'error');
    });
  }
});
