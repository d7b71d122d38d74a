import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureServiceAccount, newServiceAccount } from '../../../sandbox/google/serviceAccount.ts';
import { calendarScope, errorOf, GoogleFixture, sam, type Answer, type Claims } from './support.ts';

const secondsAt = Math.floor(Date.UTC(2026, 10, 23) / 1_000);

describe('sandbox Google: tokens', () => {
  let now = 0;
  let google: GoogleFixture;

  beforeEach(async () => {
    now = secondsAt * 1_000;
    google = new GoogleFixture({ now: () => now });
    await google.start();
  });
  afterEach(() => google.stop());

  const refused = async (claims: Claims): Promise<Answer> => google.requestToken(google.assertion(claims));

  it('gives a token for a signed assertion, and keeps it out of the log', async () => {
    const { status, body } = await google.requestToken(google.assertion());
    assert.equal(status, 200);
    assert.equal(body['token_type'], 'Bearer');
    assert.equal(body['expires_in'], 3_599);
    const [entry] = google.sandbox.requests.matching({ path: '/token' });
    assert.deepEqual(entry?.response, { ...body, access_token: '****' });
    assert.equal((await refused({ aud: 'https://oauth2.googleapis.com/token' })).status, 200);
  });

  it('refuses an assertion that another key or another algorithm signed', async () => {
    const other = newServiceAccount();
    const { status, body } = await google.requestToken(
      google.assertion({}, { privateKey: other.privateKey }),
    );
    assert.equal(status, 400);
    assert.deepEqual(body, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' });
    const unsigned = await google.requestToken(google.assertion({}, { alg: 'none' }));
    assert.equal(unsigned.body['error'], 'invalid_grant');
    assert.equal((await google.requestToken('a.b')).body['error'], 'invalid_grant');
  });

  it('refuses issuers, audiences and times that are wrong', async () => {
    for (const claims of [
      { iss: 'other@hermes-sandbox.example' },
      { aud: 'https://example.com/token' },
      { exp: secondsAt + 3_601 },
      { iat: secondsAt - 7_200, exp: secondsAt - 3_700 },
      { iat: secondsAt + 600, exp: secondsAt + 1_200 },
    ]) {
      const { status, body } = await refused(claims);
      assert.equal(status, 400, JSON.stringify(claims));
      assert.equal(body['error'], 'invalid_grant');
    }
  });

  it('refuses scopes that were not granted letter for letter, and every one without delegation', async () => {
    const narrower = await refused({ scope: `${calendarScope}.events` });
    assert.equal(narrower.status, 401);
    assert.equal(narrower.body['error'], 'unauthorized_client');
    assert.equal((await refused({ scope: '' })).body['error'], 'invalid_scope');
    google.sandbox.settings.grantedScopes = null;
    assert.equal((await refused({})).body['error'], 'unauthorized_client');
    assert.equal((await refused({ sub: undefined })).status, 200);
  });

  it('refuses users who do not exist or are suspended', async () => {
    const unknown = await refused({ sub: 'gone@acme.example' });
    assert.equal(unknown.status, 400);
    assert.deepEqual(unknown.body, {
      error: 'invalid_grant',
      error_description: 'Invalid email or User ID',
    });
    google.sandbox.suspend(sam);
    assert.equal((await refused({})).body['error'], 'invalid_grant');
  });

  it('refuses requests that are no JWT grant', async () => {
    const wrong = await fetch(`${google.url}/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'password' }),
    });
    assert.equal(wrong.status, 400);
    assert.equal(((await wrong.json()) as { error: string }).error, 'unsupported_grant_type');
    const json = await fetch(`${google.url}/token`, { method: 'POST', body: '{}' });
    assert.equal(json.status, 400);
  });

  it('answers 401 to tokens that are missing, made up, revoked or expired', async () => {
    const token = await google.token();
    const read = (value: string): Promise<Answer> =>
      google.callWith(value, 'GET', `/calendars/${sam}/events`);
    assert.equal((await read(token)).status, 200);
    assert.deepEqual(errorOf(await read('ya29.nonsense')), {
      code: 401,
      reason: 'authError',
      message: 'Invalid Credentials',
    });
    google.sandbox.revokeTokens();
    assert.equal((await read(token)).status, 401);
    const next = await google.token();
    now += 3_600_000;
    assert.equal((await read(next)).status, 401);
    assert.equal((await fetch(`${google.url}/calendar/v3/calendars/${sam}/events`)).status, 401);
  });

  it('answers 403 when the token lacks the scope', async () => {
    const scope = `${calendarScope}.freebusy`;
    google.sandbox.settings.grantedScopes = [scope];
    const answer = await google.call('GET', `/calendars/${sam}/events`, undefined, { scope });
    assert.deepEqual(errorOf(answer), {
      code: 403,
      reason: 'insufficientPermissions',
      message: 'Insufficient Permission',
    });
  });

  it('keeps a key in a folder and makes a new one of a broken file', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'hermes-sandbox-'));
    try {
      const made = await ensureServiceAccount(folder);
      assert.deepEqual(await ensureServiceAccount(folder), made);
      const file = path.join(folder, 'service-account.pem');
      assert.equal(await readFile(file, 'utf8'), made.privateKey);
      await writeFile(file, 'half a key');
      assert.notEqual((await ensureServiceAccount(folder)).privateKey, made.privateKey);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
