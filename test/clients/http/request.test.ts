import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import net from 'node:net';
import zlib from 'node:zlib';
import { requestJson } from '../../../clients/http/request.ts';
import type { HttpNoAnswer } from '../../../clients/http/request.ts';
import { closedAddress, startScriptedPeer } from '../scriptedPeer.ts';
import type { ScriptedPeer } from '../scriptedPeer.ts';

describe('clients/http: requestJson', () => {
  let peer: ScriptedPeer;
  before(async () => {
    peer = await startScriptedPeer();
  });
  after(() => peer.close());

  const noAnswer = async (request: Parameters<typeof requestJson>[0]): Promise<HttpNoAnswer> => {
    const outcome = await requestJson(request);
    assert.ok(outcome.kind === 'noAnswer');
    return outcome;
  };

  it('gives status, headers and parsed body', async () => {
    peer.script({ status: 418, body: { tea: true }, headers: { 'x-kind': 'green' } });
    const outcome = await requestJson({
      method: 'POST',
      url: `${peer.url}/pot`,
      body: { json: { cups: 2 } },
    });
    assert.equal(outcome.kind, 'answer');
    if (outcome.kind !== 'answer') return;
    assert.equal(outcome.status, 418);
    assert.deepEqual(outcome.body, { tea: true });
    assert.equal(outcome.headers.get('X-Kind'), 'green');
    assert.equal(outcome.headers.get('constructor'), null);
    assert.equal(peer.requests[0]?.text, '{"cups":2}');
    assert.equal(peer.requests[0]?.headers['content-type'], 'application/json');
  });

  it('parses JSON whatever the content type says', async () => {
    peer.script({ body: '{"a": 1}', headers: { 'content-type': 'text/plain' } });
    const outcome = await requestJson({ method: 'GET', url: peer.url });
    assert.ok(outcome.kind === 'answer');
    assert.deepEqual(outcome.body, { a: 1 });
  });

  it('reads broken UTF-8 as text decoders do, and passes over a byte order mark', async () => {
    const bytes = Buffer.from([0xef, 0xbb, 0xbf, 0x22, 0xe2, 0x82, 0x41, 0xff, 0x22]);
    peer.script((response) => response.end(bytes));
    const outcome = await requestJson({ method: 'GET', url: peer.url });
    assert.ok(outcome.kind === 'answer');
    assert.equal(outcome.body, '\ufffdA\ufffd');
  });

  for (const [what, body] of [
    ['an empty body', ''],
    ['a page of HTML', '<!DOCTYPE html><title>Blocked</title>'],
    ['cut JSON', '{"data": {"id": 1'],
  ] as const) {
    it(`gives no parsed body for ${what}, and never throws`, async () => {
      peer.script({ body, headers: { 'content-type': 'application/json' } });
      const outcome = await requestJson({ method: 'GET', url: peer.url });
      assert.ok(outcome.kind === 'answer');
      assert.equal(outcome.body, undefined);
      assert.equal(outcome.text, body);
    });
  }

  it('sends forms', async () => {
    peer.script({ body: {} });
    await requestJson({ method: 'POST', url: peer.url, body: { form: { grant: 'a b', other: '&' } } });
    assert.equal(peer.requests[0]?.text, 'grant=a+b&other=%26');
    assert.equal(peer.requests[0]?.headers['content-type'], 'application/x-www-form-urlencoded');
  });

  it('does not follow a redirect, so credentials stay with their host', async () => {
    const other = await startScriptedPeer();
    other.script({ body: {} });
    peer.script({ status: 302, headers: { location: other.url } });
    const outcome = await noAnswer({ method: 'GET', url: peer.url, headers: { 'x-api-token': 'secret' } });
    assert.equal(outcome.reason, 'redirect');
    assert.equal(outcome.status, 302);
    assert.equal(other.requests.length, 0);
    await other.close();
  });

  it('gives up at the deadline: the request may have arrived', async () => {
    peer.script(() => {});
    const outcome = await noAnswer({ method: 'POST', url: peer.url, timeoutMs: 30 });
    assert.deepEqual([outcome.reason, outcome.sent], ['timeout', true]);
  });

  it('counts the body into the deadline', async () => {
    peer.script((response) => {
      response.writeHead(200);
      response.write('{"half": ');
    });
    const outcome = await noAnswer({ method: 'GET', url: peer.url, timeoutMs: 50 });
    assert.deepEqual([outcome.reason, outcome.status], ['timeout', 200]);
  });

  it("stops when the caller's signal fires", async () => {
    const controller = new AbortController();
    peer.script(() => controller.abort());
    const outcome = await noAnswer({ method: 'POST', url: peer.url, signal: controller.signal });
    assert.deepEqual([outcome.reason, outcome.sent], ['aborted', true]);
  });

  it("leaves nothing on the caller's signal", async () => {
    const { signal } = new AbortController();
    peer.script({ body: {} });
    await requestJson({ method: 'GET', url: peer.url, signal });
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  it('gives up at the deadline also while it connects', async function () {
    // Below the time that a connection may take to be made.
    this.timeout(8_000);
    const silent = net.createServer().listen(0, '127.0.0.1');
    const connected = once(silent, 'connection') as Promise<[net.Socket]>;
    await once(silent, 'listening');
    const { port } = silent.address() as net.AddressInfo;
    const outcome = await noAnswer({ method: 'GET', url: `https://127.0.0.1:${port}`, timeoutMs: 50 });
    assert.equal(outcome.reason, 'timeout');
    const [socket] = await connected;
    socket.destroy();
    silent.close();
  });

  it('sends nothing when the signal has fired before', async () => {
    peer.script({ body: {} });
    const outcome = await noAnswer({ method: 'POST', url: peer.url, signal: AbortSignal.abort() });
    assert.deepEqual([outcome.reason, outcome.sent], ['aborted', false]);
    assert.equal(peer.requests.length, 0);
  });

  it('knows that a refused connection carried nothing', async () => {
    const outcome = await noAnswer({ method: 'POST', url: await closedAddress() });
    assert.deepEqual([outcome.reason, outcome.sent, outcome.code], ['connection', false, 'ECONNREFUSED']);
  });

  it('holds a connection that broke after the request for possibly sent', async () => {
    peer.script((response) => response.destroy());
    const outcome = await noAnswer({ method: 'POST', url: peer.url, body: { json: {} } });
    assert.deepEqual([outcome.reason, outcome.sent], ['connection', true]);
  });

  it('holds an answer that broke off for no answer', async () => {
    peer.script((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"data":', () => response.destroy());
    });
    const outcome = await noAnswer({ method: 'GET', url: peer.url });
    assert.deepEqual([outcome.reason, outcome.sent, outcome.status], ['connection', true, 200]);
  });

  it('reads no more than the limit', async () => {
    peer.script({ body: { text: 'x'.repeat(2_000) } });
    const outcome = await noAnswer({ method: 'GET', url: peer.url, maxBytes: 1_000 });
    assert.deepEqual([outcome.reason, outcome.status], ['tooLarge', 200]);
  });

  it('counts what a compressed answer unfolds to', async () => {
    peer.script((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(zlib.gzipSync(Buffer.alloc(5_000_000, 'x')));
    });
    const outcome = await noAnswer({ method: 'GET', url: peer.url, maxBytes: 1_000_000 });
    assert.equal(outcome.reason, 'tooLarge');
  });

  for (const [what, coding, encoded] of [
    ['gzip', 'gzip', zlib.gzipSync('{"a": 1}')],
    ['deflate', 'deflate', zlib.deflateSync('{"a": 1}')],
    ['deflate without its header', 'deflate', zlib.deflateRawSync('{"a": 1}')],
    ['Brotli', 'br', zlib.brotliCompressSync('{"a": 1}')],
    ['one coding upon another', 'GZIP, br', zlib.brotliCompressSync(zlib.gzipSync('{"a": 1}'))],
  ] as const) {
    it(`decodes ${what}`, async () => {
      peer.script((response) => {
        response.writeHead(200, { 'content-encoding': coding });
        response.end(encoded);
      });
      const outcome = await requestJson({ method: 'GET', url: peer.url });
      assert.ok(outcome.kind === 'answer');
      assert.deepEqual(outcome.body, { a: 1 });
    });
  }

  it('takes up to the limit when it decodes, and no byte more', async () => {
    const body = zlib.gzipSync(JSON.stringify('x'.repeat(98)));
    peer.script((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(body);
    });
    const fits = await requestJson({ method: 'GET', url: peer.url, maxBytes: 100 });
    assert.equal(fits.kind, 'answer');
    const outcome = await noAnswer({ method: 'GET', url: peer.url, maxBytes: 99 });
    assert.equal(outcome.reason, 'tooLarge');
  });

  it('holds a body that is not in its coding for no answer', async () => {
    peer.script((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end('{"a": 1}');
    });
    const outcome = await noAnswer({ method: 'GET', url: peer.url });
    assert.deepEqual([outcome.reason, outcome.code], ['connection', 'Z_DATA_ERROR']);
  });

  it('leaves a body as it is when it does not know the coding', async () => {
    peer.script({ body: 'unchanged', headers: { 'content-encoding': 'gzip, compress' } });
    const outcome = await requestJson({ method: 'GET', url: peer.url });
    assert.ok(outcome.kind === 'answer');
    assert.deepEqual([outcome.body, outcome.text], [undefined, 'unchanged']);
  });

  for (const [reason, status, limits] of [
    ['redirect', 302, {}],
    ['tooLarge', 200, { maxBytes: 1_000 }],
    ['timeout', 200, { timeoutMs: 50 }],
  ] as const) {
    it(`closes the connection of a body that it leaves: ${reason}`, async () => {
      let closed: Promise<unknown> | undefined;
      peer.script((response) => {
        closed = once(response, 'close');
        response.writeHead(status);
        response.write('x'.repeat(2_000));
      });
      const outcome = await noAnswer({ method: 'GET', url: peer.url, ...limits });
      assert.equal(outcome.reason, reason);
      await closed;
    });
  }
});
