import assert from 'node:assert/strict';
import { createPipedriveClient } from '../../../clients/pipedrive/client.ts';
import type { PipedriveClient } from '../../../clients/pipedrive/client.ts';
import { dataOf, failureOf } from '../results.ts';
import { closedAddress, startScriptedPeer } from '../scriptedPeer.ts';
import type { ScriptedAnswer, ScriptedPeer } from '../scriptedPeer.ts';

const gatewayPage =
  '<!DOCTYPE html><title>Access denied</title><p>Error 1015: you are being rate limited</p>';
const organization = { success: true, data: { id: 20, name: 'Harbour Tutors' } };

describe('clients/pipedrive: failures', () => {
  let peer: ScriptedPeer;
  let pipedrive: PipedriveClient;
  before(async () => {
    peer = await startScriptedPeer();
    pipedrive = createPipedriveClient({ baseUrl: peer.url, apiToken: 'pd-secret-token', timeoutMs: 2_000 });
  });
  after(() => peer.close());

  const get = async (answer: ScriptedAnswer) => {
    peer.script(answer);
    return failureOf(await pipedrive.organizations.get(20));
  };
  const create = async (answer: ScriptedAnswer) => {
    peer.script(answer);
    return failureOf(await pipedrive.organizations.create({ name: 'Harbour Tutors' }));
  };

  describe('gone', () => {
    it('404 with code ERR_NOT_FOUND', async () => {
      const body = { success: false, error: 'Organization not found', code: 'ERR_NOT_FOUND' };
      const failure = await get({ status: 404, body });
      assert.deepEqual([failure.kind, failure.status, failure.code], ['gone', 404, 'ERR_NOT_FOUND']);
    });

    it('410', async () => {
      assert.equal((await get({ status: 410, body: { success: false, error: 'Gone' } })).kind, 'gone');
    });

    it('200 with is_deleted', async () => {
      const failure = await get({ body: { success: true, data: { id: 20, is_deleted: true } } });
      assert.deepEqual([failure.kind, failure.status, failure.mayHaveHappened], ['gone', 200, false]);
    });

    it('a change that a deleted record took', async () => {
      peer.script({ body: { success: true, data: { id: 20, is_deleted: true } } });
      const failure = failureOf(await pipedrive.organizations.update(20, { name: 'Harbour Tutors' }));
      assert.deepEqual([failure.kind, failure.mayHaveHappened], ['gone', true]);
    });

    it('200 with the deal status deleted', async () => {
      peer.script({ body: { success: true, data: { id: 9, status: 'deleted' } } });
      assert.equal(failureOf(await pipedrive.deals.get(9)).kind, 'gone');
    });

    it('RL-11: a 404 is asked for once', async () => {
      await get({ status: 404, body: { success: false, code: 'ERR_NOT_FOUND' } });
      assert.equal(peer.requests.length, 1);
    });

    it('SYN-69: another 404 body is an error', async () => {
      assert.equal(
        (await get({ status: 404, body: { success: false, error: 'Not found' } })).kind,
        'refused',
      );
      assert.equal((await get({ status: 404, body: gatewayPage })).kind, 'refused');
    });

    it('SYN-35, SYN-69: a 500 that mentions 404 is an error', async () => {
      const failure = await get({ status: 500, body: { success: false, error: '404 ERR_NOT_FOUND (410)' } });
      assert.deepEqual([failure.kind, failure.status], ['transient', 500]);
    });

    it('a create has nothing that could be gone', async () => {
      assert.equal((await create({ status: 404, body: { code: 'ERR_NOT_FOUND' } })).kind, 'refused');
      assert.equal((await create({ status: 410, body: {} })).kind, 'refused');
    });
  });

  describe('throttled', () => {
    it('429 with Retry-After in seconds', async () => {
      const headers = { 'retry-after': '4', 'x-ratelimit-reset': '2' };
      const failure = await get({ status: 429, body: { success: false, errorCode: 429 }, headers });
      assert.deepEqual([failure.kind, failure.retryAfterMs], ['throttled', 4_000]);
      assert.equal(failure.dailyExhausted, undefined);
    });

    it('429 with the reset of the window only', async () => {
      const failure = await get({ status: 429, body: {}, headers: { 'x-ratelimit-reset': '2' } });
      assert.equal(failure.retryAfterMs, 2_000);
    });

    it('429 that names no time', async () => {
      const failure = await get({ status: 429, body: gatewayPage });
      assert.equal(failure.kind, 'throttled');
      assert.equal('retryAfterMs' in failure, false);
    });

    for (const header of ['x-daily-ratelimit-token-remaining', 'x-daily-requests-left']) {
      it(`429 with ${header} 0: the day is spent, and the window's reset means nothing`, async () => {
        const headers = { [header]: '0', 'x-ratelimit-reset': '2' };
        const failure = await get({ status: 429, body: {}, headers });
        assert.equal(failure.dailyExhausted, true);
        assert.equal('retryAfterMs' in failure, false);
      });
    }

    it('RL-06: the 403 of the gateway is a limit, and the next call passes', async () => {
      peer.script({ status: 403, body: gatewayPage }, { body: organization });
      assert.equal(failureOf(await pipedrive.organizations.get(20)).kind, 'throttled');
      assert.equal(dataOf(await pipedrive.organizations.get(20)).id, 20);
      assert.equal(peer.requests.length, 2);
    });

    it('a 403 in JSON is a refusal', async () => {
      const failure = await create({
        status: 403,
        body: { success: false, error: 'limit', code: 'feature_capping_deals_limit' },
      });
      assert.deepEqual([failure.kind, failure.code], ['refused', 'feature_capping_deals_limit']);
    });

    it('throttling did nothing, so a create may be sent again', async () => {
      assert.equal((await create({ status: 429, body: {} })).mayHaveHappened, false);
      assert.equal((await create({ status: 403, body: gatewayPage })).mayHaveHappened, false);
    });
  });

  describe('refused', () => {
    it('RL-16: a 400 is one request; its body is kept for the call log only', async () => {
      const body = {
        success: false,
        error: "Validation failed: custom_fields: Unknown key 'h_of_nell@harbour-tutors.example'",
        code: 'ERR_SCHEMA_VALIDATION_FAILED',
      };
      const failure = await create({ status: 400, body });
      assert.equal(peer.requests.length, 1);
      assert.deepEqual([failure.kind, failure.mayHaveHappened], ['refused', false]);
      assert.deepEqual(failure.body, body);
      assert.deepEqual(failure.fields, ['custom_fields']);
      assert.equal(
        failure.summary,
        'Pipedrive POST /api/v2/organizations: refused 400 ERR_SCHEMA_VALIDATION_FAILED (custom_fields)',
      );
    });

    for (const [error, field] of [
      ['Validation failed: name: Required', 'name'],
      ["Parameter 'include_fields' is not allowed for this request", 'include_fields'],
    ] as const) {
      it(`names the field of: ${error}`, async () => {
        assert.deepEqual((await create({ status: 400, body: { success: false, error } })).fields, [field]);
      });
    }

    it('names the custom field by field_code, wherever it stands', async () => {
      const code = 'a'.repeat(40);
      const body = { success: false, error: 'Bad', additional_data: { errors: [{ field_code: code }] } };
      assert.deepEqual((await create({ status: 400, body })).fields, [code]);
    });

    it('names the field of a v1 webhook error', async () => {
      peer.script({
        status: 400,
        body: {
          status: 'error',
          success: false,
          errors: { subscription_url: ['invalid or non-reachable URL'] },
        },
      });
      const result = await pipedrive.webhooks.create({
        subscription_url: 'https://hermes.example/pipedrive/callback/',
        event_action: '*',
        event_object: 'deal',
        name: 'Hermes',
        version: '2.0',
      });
      assert.deepEqual(failureOf(result).fields, ['subscription_url']);
    });

    for (const status of [415, 422]) {
      it(String(status), async () => {
        assert.equal((await create({ status, body: { success: false } })).kind, 'refused');
      });
    }
  });

  describe('unauthorised', () => {
    for (const status of [401, 402]) {
      it(String(status), async () => {
        const body = { success: false, error: 'unauthorized access', errorCode: status };
        const failure = await create({ status, body });
        assert.deepEqual([failure.kind, failure.mayHaveHappened], ['unauthorised', false]);
      });
    }
  });

  describe('unknown results', () => {
    it('RL-12: an empty body to a GET is transient', async () => {
      const failure = await get({ status: 200 });
      assert.deepEqual([failure.kind, failure.code], ['transient', 'UNREADABLE_ANSWER']);
      assert.equal(failure.mayHaveHappened, false);
    });

    it('RL-13: the second answer is good, two GETs', async () => {
      peer.script({ status: 200 }, { body: organization });
      assert.equal(failureOf(await pipedrive.organizations.get(20)).kind, 'transient');
      assert.equal(dataOf(await pipedrive.organizations.get(20)).name, 'Harbour Tutors');
      assert.equal(peer.requests.length, 2);
    });

    it('an unreadable answer to a create: the record may exist', async () => {
      for (const body of [undefined, gatewayPage, '{"success":true,"da']) {
        const failure = await create({ status: 200, body });
        assert.deepEqual([failure.kind, failure.mayHaveHappened], ['unknownResult', true]);
      }
    });

    it('a create answered without an id: the record may exist', async () => {
      const failure = await create({ body: { success: true, data: { name: 'Harbour Tutors' } } });
      assert.deepEqual([failure.kind, failure.code], ['unknownResult', 'UNEXPECTED_ANSWER']);
      assert.deepEqual(failure.fields, ['data.id']);
    });

    it('a 2xx that says it failed is no success', async () => {
      assert.equal((await get({ body: { success: false, data: { id: 20 } } })).kind, 'transient');
    });

    it('a broken connection to a create: the record may exist', async () => {
      peer.script((response) => response.destroy());
      const failure = failureOf(await pipedrive.deals.create({ title: 'Harbour Tutors' }));
      assert.deepEqual([failure.kind, failure.mayHaveHappened], ['unknownResult', true]);
    });

    it('a refused connection to a create: surely nothing happened', async () => {
      const nobody = createPipedriveClient({ baseUrl: await closedAddress(), apiToken: 'pd-secret-token' });
      const failure = failureOf(await nobody.deals.create({ title: 'Harbour Tutors' }));
      assert.deepEqual([failure.kind, failure.mayHaveHappened], ['transient', false]);
      assert.equal(failure.code, 'ECONNREFUSED');
    });

    it('a deadline that passes during a change: transient, because a change may be repeated', async () => {
      peer.script(() => {});
      const hasty = createPipedriveClient({ baseUrl: peer.url, apiToken: 'pd-secret-token', timeoutMs: 30 });
      const failure = failureOf(await hasty.deals.update(9, { title: 'Harbour Tutors' }));
      assert.deepEqual([failure.kind, failure.code, failure.mayHaveHappened], ['transient', 'TIMEOUT', true]);
    });

    it('a 5xx to a create is transient and may have happened', async () => {
      for (const status of [500, 502, 503, 504]) {
        const failure = await create({ status, body: gatewayPage });
        assert.deepEqual([failure.kind, failure.mayHaveHappened], ['transient', true]);
      }
    });

    it('a redirect is an error', async () => {
      const failure = await get({ status: 301, headers: { location: 'https://elsewhere.example/' } });
      assert.deepEqual([failure.kind, failure.code], ['transient', 'REDIRECT']);
    });
  });

  describe('secrets', () => {
    it('no failure holds the token', async () => {
      const failures = [
        await get({ status: 401, body: { success: false } }),
        await get({ status: 400, body: { success: false } }),
        await get({ status: 302, headers: { location: '/' } }),
        await create({ status: 200 }),
      ];
      assert.equal(JSON.stringify(failures).includes('pd-secret-token'), false);
    });

    it('a token that no header can carry is refused at once, without being repeated', () => {
      assert.throws(
        () => createPipedriveClient({ baseUrl: peer.url, apiToken: 'pd-secret\ntoken' }),
        (error: Error) => !error.message.includes('secret') && error.message.includes('API token'),
      );
    });
  });
});
