import assert from 'node:assert/strict';
import { usePeer } from './support.ts';

const day = 24 * 60 * 60_000;

describe('sandbox/pipedrive: token and limits', () => {
  const { sandbox, call } = usePeer({ burstLimit: 4, dailyTokens: 1_000 });

  beforeEach(() => sandbox.freezeClock());

  it('answers 401 without a known token', async () => {
    for (const headers of [{ 'x-api-token': '' }, { 'x-api-token': 'wrong' }]) {
      const answer = await call('GET', '/organizations', undefined, headers);
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get('x-401-by-gw'), 'true');
      assert.deepEqual(answer.body, {
        success: false,
        error: 'unauthorized access',
        errorCode: 401,
        error_info: 'Please check developers.pipedrive.com',
      });
    }
    const legacy = `/organizations?api_token=${sandbox.settings.apiToken}`;
    assert.equal((await call('GET', legacy, undefined, { 'x-api-token': '' })).status, 401);
  });

  it("takes a Bearer token, and acts as the token's user", async () => {
    sandbox.seed({ users: [{ id: 150, name: 'Other', email: 'other@acme.example', token: 'other' }] });
    const headers = { 'x-api-token': '', authorization: 'Bearer other' };
    const { data } = await call('POST', '/organizations', { name: 'Harbour' }, headers);
    assert.equal(data['owner_id'], 150);
  });

  it('counts what a call costs', async () => {
    sandbox.settings.burstLimit = 100;
    const cost = async (method: string, path: string, body?: unknown): Promise<number> => {
      const before = sandbox.tokensSpent();
      const answer = await call(method, path, body);
      const left = Number(answer.headers.get('x-daily-ratelimit-token-remaining'));
      assert.equal(left, 1_000 - sandbox.tokensSpent());
      assert.equal(sandbox.requests.entries.at(-1)?.tokens, sandbox.tokensSpent() - before);
      return sandbox.tokensSpent() - before;
    };
    assert.equal(await cost('POST', '/organizations', { name: 'Harbour' }), 5);
    assert.equal(await cost('GET', '/organizations/1'), 1);
    assert.equal(await cost('GET', '/organizations?limit=1'), 10);
    assert.equal(await cost('PATCH', '/organizations/1', { name: 'Quay' }), 5);
    assert.equal(await cost('GET', '/organizations/search?term=quay'), 20);
    assert.equal(await cost('GET', '/itemSearch?term=quay'), 20);
    assert.equal(await cost('GET', '/organizationFields'), 10);
    assert.equal(await cost('GET', '/pipelines'), 5);
    assert.equal(await cost('GET', '/stages'), 5);
    assert.equal(await cost('GET', '/deals/archived'), 20);
    assert.equal(await cost('GET', '/api/v1/users'), 20);
    assert.equal(await cost('GET', '/api/v1/users/me'), 2);
    assert.equal(await cost('GET', '/api/v1/webhooks'), 10);
    assert.equal(await cost('DELETE', '/organizations/1'), 3);
  });

  it('refuses a fifth call within 2 s, per token', async () => {
    sandbox.settings.sendRetryAfter = true;
    for (let count = 1; count <= 4; count += 1) {
      const answer = await call('GET', '/pipelines');
      assert.equal(answer.headers.get('x-ratelimit-remaining'), String(4 - count));
    }
    const refused = await call('GET', '/pipelines');
    assert.equal(refused.status, 429);
    assert.deepEqual(refused.body, { success: false, error: 'Rate limit exceeded', errorCode: 429 });
    assert.deepEqual(
      ['x-ratelimit-limit', 'x-ratelimit-reset', 'retry-after'].map((name) => refused.headers.get(name)),
      ['4', '2', '2'],
    );
    sandbox.settings.tokens['other'] = 101;
    assert.equal((await call('GET', '/pipelines', undefined, { 'x-api-token': 'other' })).status, 200);
    sandbox.advance(2_000);
    assert.equal((await call('GET', '/pipelines')).status, 200);
  });

  it('refuses an eleventh search within 2 s on every plan', async () => {
    sandbox.settings.burstLimit = 100;
    for (let count = 0; count < 10; count += 1) {
      assert.equal((await call('GET', '/itemSearch?term=harbour')).status, 200);
    }
    assert.equal((await call('GET', '/itemSearch?term=harbour')).status, 429);
    assert.equal((await call('GET', '/pipelines')).status, 200);
  });

  it('blocks with an HTML page whoever goes on after 429', async () => {
    sandbox.settings.burstLimit = 0;
    sandbox.settings.abuseAfter = 3;
    for (let count = 0; count < 3; count += 1) assert.equal((await call('GET', '/pipelines')).status, 429);
    sandbox.settings.burstLimit = 100;
    const blocked = await call('GET', '/pipelines');
    assert.equal(blocked.status, 403);
    assert.match(String(blocked.headers.get('content-type')), /^text\/html/);
    assert.match(blocked.text, /Error 1015/);
    sandbox.advance(sandbox.settings.abuseBlockMs);
    assert.equal((await call('GET', '/pipelines')).status, 200);
  });

  it("answers 429 to everything once the day's tokens are gone, until the next day", async () => {
    sandbox.settings.dailyTokens = 12;
    assert.equal((await call('GET', '/organizations')).status, 200);
    assert.equal((await call('POST', '/organizations', { name: 'Harbour' })).status, 429);
    const last = await call('GET', '/organizations/1');
    assert.equal(last.headers.get('x-daily-ratelimit-token-remaining'), '1');
    sandbox.advance(day);
    assert.equal((await call('POST', '/organizations', { name: 'Harbour' })).status, 200);
  });

  it('leaves the headers out where the switch says so', async () => {
    sandbox.settings.sendRateHeaders = false;
    assert.equal((await call('GET', '/pipelines')).headers.get('x-ratelimit-limit'), null);
  });

  it('keeps a create whose answer was lost', async () => {
    sandbox.faults.add({ kind: 'dropAfter', method: 'POST', path: '/api/v2/organizations' });
    await assert.rejects(call('POST', '/organizations', { name: 'Harbour' }), TypeError);
    assert.equal(sandbox.organizations.size, 1);
    sandbox.faults.add({ kind: 'dropBefore', method: 'POST' });
    await assert.rejects(call('POST', '/organizations', { name: 'Quay' }), TypeError);
    assert.equal(sandbox.organizations.size, 1);
  });
});
