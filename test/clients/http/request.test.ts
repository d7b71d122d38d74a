import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
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
    assert.equal(outcome.headers.get('x-kind'), 'green');
    assert.equal(peer.requests[0]?.text, '{"cups":2}');
    assert.equal(peer.requests[0]?.headers['content-type'], 'application/json');
  });

  it('parses JSON whatever the content type says', async () => {
    peer.script({ body: '{"a": 1}', headers: { 'content-type': 'text/plain' } });
    const outcome = await requestJson({ method: 'GET', url: peer.url });
    assert.ok(outcome.kind === 'answer');
    assert.deepEqual(outcome.body, { a: 1 });
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
      response.end(gzipSync(Buffer.alloc(5_000_000, 'x')));
    });
    const outcome = await noAnswer({ method: 'GET', url: peer.url, maxBytes: 1_000_000 });
    assert.equal(outcome.reason, 'tooLarge');
  });
});
