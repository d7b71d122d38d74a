import assert from 'node:assert/strict';
import { createPeerApp } from '../../../sandbox/common/peer.ts';
import { Faults, type Fault } from '../../../sandbox/common/faults.ts';
import { listen, type Listening } from '../../../sandbox/common/listen.ts';
import { RequestLog } from '../../../sandbox/common/requestLog.ts';

const isDropped = (promise: Promise<unknown>): Promise<void> => assert.rejects(promise, TypeError);

describe('sandbox: faults', () => {
  const log = new RequestLog();
  const faults = new Faults();
  let handled = 0;
  let peer: Listening;

  before(async () => {
    const app = createPeerApp({
      log,
      faults,
      reset: () => {
        handled = 0;
      },
      handlers: [
        (ctx) => {
          handled += 1;
          ctx.status = 201;
          ctx.body = { id: 7, echo: ctx.state.body };
        },
      ],
    });
    peer = await listen(app);
  });
  after(() => peer.close());
  beforeEach(() => {
    log.clear();
    faults.clear();
    handled = 0;
  });

  const post = (path = '/things'): Promise<Response> =>
    fetch(`${peer.url}${path}`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json', authorization: 'token 0123456789abcdef' },
    });

  const desk = (path: string, method = 'GET', body?: unknown): Promise<Response> =>
    fetch(`${peer.url}/_sandbox${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });

  it('answers and logs a request with its secrets masked', async () => {
    const answer = await post('/things?x=1');
    assert.deepEqual(await answer.json(), { id: 7, echo: { a: 1 } });
    const entry = await log.waitFor(({ path }) => path === '/things');
    assert.equal(entry.status, 201);
    assert.deepEqual(entry.query, { x: '1' });
    assert.deepEqual(entry.body, { a: 1 });
    assert.deepEqual(entry.response, { id: 7, echo: { a: 1 } });
    assert.equal(entry.headers['authorization'], 'token ****cdef');
  });

  it('status and html answer without the handler, once by default', async () => {
    faults.add({ kind: 'status', status: 503, body: { down: true }, headers: { 'retry-after': '3' } });
    faults.add({ kind: 'html' });
    const first = await post();
    assert.equal(first.status, 503);
    assert.equal(first.headers.get('retry-after'), '3');
    assert.deepEqual(await first.json(), { down: true });
    const second = await post();
    assert.equal(second.status, 502);
    assert.match(second.headers.get('content-type') ?? '', /html/);
    assert.equal(handled, 0);
    assert.equal((await post()).status, 201);
  });

  it('dropBefore never reaches the handler, dropAfter does', async () => {
    faults.add({ kind: 'dropBefore' });
    await isDropped(post());
    assert.equal(handled, 0);
    faults.add({ kind: 'dropAfter' });
    await isDropped(post());
    assert.equal(handled, 1);
    assert.deepEqual(
      log.entries.map(({ status, fault }) => ({ status, fault })),
      [
        { status: 0, fault: 'dropBefore' },
        { status: 201, fault: 'dropAfter' },
      ],
    );
  });

  it('emptyBody, garbage and slowBody run the handler and spoil the answer', async () => {
    faults.add({ kind: 'emptyBody' });
    assert.equal(await (await post()).text(), '');
    faults.add({ kind: 'garbage' });
    const garbage = await post();
    assert.equal(garbage.status, 200);
    assert.equal(((await garbage.json()) as { id?: number }).id, undefined);
    faults.add({ kind: 'slowBody', delayMs: 1 });
    assert.deepEqual(await (await post()).json(), { id: 7, echo: { a: 1 } });
    assert.equal(handled, 3);
    assert.ok(log.entries.every(({ response }) => (response as { id: number }).id === 7));
  });

  it('matches by method and by path, as a beginning or an expression', async () => {
    const outage: Fault = { kind: 'status', times: Infinity, method: 'post', path: '/deals' };
    const id = faults.add(outage);
    assert.equal((await post('/deals/1')).status, 500);
    assert.equal((await post('/deals')).status, 500);
    assert.equal((await fetch(`${peer.url}/deals`)).status, 201);
    faults.remove(id);
    faults.add({ kind: 'status', path: '^/persons/\\d+$' });
    assert.equal((await post('/persons/x')).status, 201);
    assert.equal((await post('/persons/12')).status, 500);
  });

  it('a probability leaves some requests alone', () => {
    const rolls = [0.9, 0.1];
    const chance = new Faults(() => rolls.shift() ?? 1);
    chance.add({ kind: 'status', probability: 0.5, times: Infinity });
    assert.equal(chance.take('GET', '/'), undefined);
    assert.equal(chance.take('GET', '/')?.kind, 'status');
  });

  it('is steered over HTTP, unlogged and unaffected by its own faults', async () => {
    const added = await desk('/faults', 'POST', { kind: 'status', status: 500, times: null });
    assert.equal(added.status, 200);
    const { id } = (await added.json()) as { id: string };
    assert.equal(((await (await desk('/faults')).json()) as { faults: unknown[] }).faults.length, 1);
    await post('/a');
    await post('/b');
    const requests = (await (await desk('/requests?method=POST&path=/b')).json()) as {
      requests: { status: number }[];
    };
    assert.deepEqual(
      requests.requests.map(({ status }) => status),
      [500],
    );
    assert.equal((await desk(`/faults/${id}`, 'DELETE')).status, 204);
    assert.equal((await post()).status, 201);
    assert.equal((await desk('/faults', 'POST', { kind: 'explode' })).status, 422);
    assert.equal((await desk('/nowhere')).status, 404);
    assert.equal((await desk('/reset', 'POST')).status, 204);
    assert.equal(handled, 0);
    assert.equal(log.entries.length, 0);
  });
});
