import assert from 'node:assert/strict';
import { usePeer, useReceiver, type Json } from './support.ts';

const path = '/api/v1/webhooks';

describe('sandbox/pipedrive: registering webhooks', () => {
  const { sandbox, call } = usePeer();
  const receiver = useReceiver();

  const body = (changes: Json = {}): Json => ({
    subscription_url: receiver.url(),
    event_action: '*',
    event_object: 'organization',
    name: 'Hermes organization',
    version: '2.0',
    ...changes,
  });

  it('answers 201, with credentials that cannot be compared', async () => {
    const auth = { http_auth_user: 'hermes', http_auth_password: 'secret' };
    const answer = await call('POST', path, body(auth));
    assert.equal(answer.status, 201);
    assert.equal(answer.body['status'], 'ok');
    assert.deepEqual(
      ['event_action', 'event_object', 'subscription_url', 'version', 'is_active', 'type', 'user_id'].map(
        (key) => answer.data[key],
      ),
      ['*', 'organization', receiver.url(), '2.0', 1, 'general', 100],
    );
    assert.match(String(answer.data['http_auth_password']), /^v1u:AQIB/);
    const [listed] = (await call('GET', path)).rows;
    assert.equal(listed?.['id'], answer.data['id']);
    assert.notEqual(listed?.['http_auth_user'], answer.data['http_auth_user']);
  });

  it('takes version 2.0 as the default', async () => {
    assert.equal((await call('POST', path, body({ version: undefined }))).data['version'], '2.0');
  });

  it('refuses what is missing, unknown or of v1', async () => {
    for (const [changes, key] of [
      [{ subscription_url: undefined }, 'subscription_url'],
      [{ subscription_url: 'callback' }, 'subscription_url'],
      [{ name: undefined }, 'name'],
      [{ event_action: 'added' }, 'event_action'],
      [{ event_object: 'company' }, 'event_object'],
      [{ user_id: 9 }, 'user_id'],
      [{ colour: 'red' }, 'body'],
    ] as const) {
      const answer = await call('POST', path, body(changes));
      assert.equal(answer.status, 400, key);
      assert.deepEqual([answer.body['status'], answer.body['success']], ['error', false]);
      assert.ok(key in (answer.body['errors'] as Json), answer.text);
    }
  });

  it('refuses a target that nothing listens at, and Pipedrive itself', async () => {
    for (const subscription_url of [
      'http://127.0.0.1:1/callback',
      'https://acme.pipedrive.com/api/v2/deals',
    ]) {
      const answer = await call('POST', path, body({ subscription_url }));
      assert.deepEqual(answer.body, {
        status: 'error',
        success: false,
        errors: { subscription_url: ['invalid or non-reachable URL'] },
      });
    }
  });

  it('takes the same twice, and 40 per user', async () => {
    for (let count = 0; count < 40; count += 1) assert.equal((await call('POST', path, body())).status, 201);
    assert.equal((await call('POST', path, body())).status, 422);
    assert.equal((await call('GET', path)).rows.length, 40);
  });

  it('deletes, and knows neither get-one nor update', async () => {
    const { data } = await call('POST', path, body());
    const one = `${path}/${String(data['id'])}`;
    assert.equal((await call('GET', one)).status, 404);
    assert.equal((await call('PUT', one, body())).status, 404);
    assert.deepEqual((await call('DELETE', one)).body, { status: 'ok', success: true });
    const again = await call('DELETE', one);
    assert.deepEqual(again.body, { status: 'error', success: false, errors: { id: ['not found'] } });
    assert.equal(again.status, 404);
  });

  it('is for administrators', async () => {
    sandbox.seed({ users: [{ id: 150, name: 'Sales', email: 'sales@acme.example', token: 'plain' }] });
    const answer = await call('GET', path, undefined, { 'x-api-token': 'plain' });
    assert.deepEqual([answer.status, answer.body], [403, { success: false, message: 'Forbidden' }]);
  });
});
