import assert from 'node:assert/strict';
import { createTc2Client } from '../../../clients/tc2/client.ts';
import type { Tc2Client } from '../../../clients/tc2/client.ts';
import { dataOf, failureOf } from '../results.ts';
import { startScriptedPeer } from '../scriptedPeer.ts';
import type { ScriptedPeer } from '../scriptedPeer.ts';

describe('clients/tc2', () => {
  let peer: ScriptedPeer;
  let tc2: Tc2Client;
  before(async () => {
    peer = await startScriptedPeer();
    tc2 = createTc2Client({ baseUrl: peer.url, apiKey: 'tc2-secret-key' });
  });
  after(() => peer.close());

  const change = { extra_attrs: { pipedrive_id: '20', pipedrive_deal_stage: 'New' } };

  it('reads a client as it is, at a path with its trailing slash', async () => {
    const client = { id: 70412, user: { email: 'nell@harbour-tutors.example' }, extra_attrs: [] };
    peer.script({ body: client });
    assert.deepEqual(dataOf(await tc2.getClient(70412)), client);
    assert.equal(peer.requests[0]?.path, '/api/clients/70412/');
    assert.equal(peer.requests[0]?.headers.authorization, 'token tc2-secret-key');
  });

  it('TCW-02: writes the attributes as a dictionary and nothing else', async () => {
    peer.script({ body: { id: 70412 } });
    const result = await tc2.updateClient(70412, change);
    dataOf(result);
    assert.deepEqual([peer.requests[0]?.method, peer.requests[0]?.path], ['POST', '/api/clients/70412/']);
    assert.deepEqual(JSON.parse(peer.requests[0]?.text ?? ''), change);
    assert.equal(result.meta.endpoint, '/api/clients/:id/');
  });

  for (const [status, kind] of [
    [401, 'unauthorised'],
    [403, 'unauthorised'],
    [404, 'gone'],
    [429, 'throttled'],
    [405, 'refused'],
    [500, 'transient'],
    [502, 'transient'],
  ] as const) {
    it(`TCW-10: ${status} is one request, ${kind}`, async () => {
      peer.script({ status, body: { detail: 'x' } }, { body: {} });
      const failure = failureOf(await tc2.updateClient(70412, change));
      assert.deepEqual([failure.kind, failure.status], [kind, status]);
      assert.equal(peer.requests.length, 1);
    });
  }

  it('a 404 that is no JSON is a wrong address, not a missing client', async () => {
    peer.script({ status: 404, body: '<h1>Not Found</h1>' });
    assert.equal(failureOf(await tc2.getClient(70412)).kind, 'refused');
  });

  it('takes the time to come back from Retry-After', async () => {
    peer.script({
      status: 429,
      body: { detail: 'Request was throttled. Expected available in 31 seconds.' },
      headers: { 'retry-after': '31' },
    });
    assert.equal(failureOf(await tc2.getClient(70412)).retryAfterMs, 31_000);
  });

  it('TCW-11: a 400 names the fields; its body is kept for the call log only', async () => {
    const body = {
      error: 'Validation failed',
      details: { user: { email: ['nell@harbour-tutors.example is taken'] } },
    };
    peer.script({ status: 400, body });
    const failure = failureOf(await tc2.updateClient(70412, change));
    assert.deepEqual(failure.fields, ['user.email']);
    assert.deepEqual(failure.body, body);
    assert.equal(failure.summary, 'TC2 POST /api/clients/:id/: refused 400 (user.email)');
    assert.equal(peer.requests.length, 1);
  });

  for (const [body, fields] of [
    [{ pipedrive_id: ['Enter a number.'] }, ['pipedrive_id']],
    [{ extra_attrs: { pipedrive_id: ['Enter a number.'] } }, ['extra_attrs.pipedrive_id']],
    [{ extra_attrs: [{}, { value: ['Too long.'] }] }, ['extra_attrs.value']],
    [{ detail: 'Malformed.' }, undefined],
    [['Nothing'], undefined],
  ] as const) {
    it(`reads ${JSON.stringify(body)} as ${fields?.join(', ') ?? 'no field'}`, async () => {
      peer.script({ status: 400, body });
      assert.deepEqual(failureOf(await tc2.updateClient(70412, change)).fields, fields);
    });
  }

  it('an unreadable answer to a write is transient: writing again changes nothing more', async () => {
    peer.script({ status: 200, body: '<html>' });
    const failure = failureOf(await tc2.updateClient(70412, change));
    assert.deepEqual([failure.kind, failure.mayHaveHappened], ['transient', true]);
  });

  it('no failure holds the key', async () => {
    peer.script({ status: 401, body: { detail: 'Invalid token.' } });
    assert.equal(JSON.stringify(await tc2.getClient(70412)).includes('tc2-secret-key'), false);
  });
});
