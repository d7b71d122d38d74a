import assert from 'node:assert/strict';
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createGoogleClient } from '../../../clients/google/client.ts';
import type { GoogleClient, NewEvent } from '../../../clients/google/client.ts';
import { dataOf, failureOf } from '../results.ts';
import { startScriptedPeer } from '../scriptedPeer.ts';
import type { ScriptedPeer } from '../scriptedPeer.ts';

const scope = 'https://www.googleapis.com/auth/calendar';
const sam = 'sam@acme.example';
const eventId = '0123456789abcdef0123456789abcdef';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

const googleError = (code: number, reason: string, more: object = {}) => ({
  error: {
    errors: [{ domain: 'global', reason, message: 'About nell@harbour-tutors.example', ...more }],
    code,
  },
});

const event: NewEvent = {
  id: eventId,
  summary: 'TutorCruncher demo with Sam Sales',
  start: { dateTime: '2026-12-01T14:00:00Z', timeZone: 'UTC' },
  end: { dateTime: '2026-12-01T14:30:00Z', timeZone: 'UTC' },
  attendees: [{ email: sam, responseStatus: 'accepted' }, { email: 'nell@harbour-tutors.example' }],
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const part = (assertion: string, index: number): Record<string, unknown> => {
  const parsed: unknown = JSON.parse(Buffer.from(assertion.split('.')[index] ?? '', 'base64url').toString());
  assert.ok(isObject(parsed));
  return parsed;
};

describe('clients/google', () => {
  let tokens: ScriptedPeer;
  let calendar: ScriptedPeer;
  let now: Date;
  let google: GoogleClient;

  const create = (key = privateKey): GoogleClient =>
    createGoogleClient({
      tokenUri: `${tokens.url}/token`,
      calendarBaseUrl: `${calendar.url}/calendar/v3`,
      clientEmail: 'hermes@acme.example',
      privateKey: key,
      privateKeyId: 'key-1',
      scope,
      now: () => now,
    });

  before(async () => {
    tokens = await startScriptedPeer();
    calendar = await startScriptedPeer();
  });
  after(() => Promise.all([tokens.close(), calendar.close()]));

  beforeEach(() => {
    now = new Date('2026-11-20T12:00:00Z');
    let issued = 0;
    tokens.script((response) => {
      issued += 1;
      const answer = { access_token: `token-${issued}`, expires_in: 3_599, token_type: 'Bearer' };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    calendar.script({ body: { id: eventId } });
    google = create();
  });

  const bearers = () => calendar.requests.map((request) => request.headers.authorization);
  const getEvent = (subject = sam) => google.getEvent({ subject, eventId });

  describe('tokens', () => {
    it('asks for one in the name of the admin, with a signed assertion', async () => {
      dataOf(await getEvent());
      const form = new URLSearchParams(tokens.requests[0]?.text);
      assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer');
      const assertion = form.get('assertion') ?? '';
      assert.deepEqual(part(assertion, 0), { alg: 'RS256', typ: 'JWT', kid: 'key-1' });
      const iat = now.getTime() / 1000;
      assert.deepEqual(part(assertion, 1), {
        iss: 'hermes@acme.example',
        sub: sam,
        scope,
        aud: `${tokens.url}/token`,
        iat,
        exp: iat + 3_600,
      });
      const [head, claims, signature = ''] = assertion.split('.');
      const verified = createVerify('RSA-SHA256')
        .update(`${head}.${claims}`)
        .verify(publicKey, signature, 'base64url');
      assert.equal(verified, true);
    });

    it('keeps one for each admin', async () => {
      await getEvent();
      await getEvent();
      await getEvent('kim@acme.example');
      assert.equal(tokens.requests.length, 2);
      assert.deepEqual(bearers(), ['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
    });

    it('renews five minutes early', async () => {
      await getEvent();
      now = new Date(now.getTime() + 3_298_000);
      await getEvent();
      assert.equal(tokens.requests.length, 1);
      now = new Date(now.getTime() + 1_000);
      await getEvent();
      assert.equal(tokens.requests.length, 2);
    });

    it('asks once for calls at one time', async () => {
      await Promise.all([getEvent(), getEvent(), getEvent()]);
      assert.equal(tokens.requests.length, 1);
    });

    it('one caller that stops does not take the token from the others', async () => {
      const controller = new AbortController();
      tokens.script((response) => {
        controller.abort();
        response.end(JSON.stringify({ access_token: 'late', expires_in: 3_599 }));
      });
      const [stopped, other] = await Promise.all([
        google.getEvent({ subject: sam, eventId }, { signal: controller.signal }),
        getEvent(),
      ]);
      assert.equal(failureOf(stopped).code, 'ABORTED');
      assert.equal(dataOf(other).id, eventId);
    });

    it('drops a token that the API refuses and tries once more', async () => {
      calendar.script({ status: 401, body: googleError(401, 'authError') }, { body: { id: eventId } });
      dataOf(await getEvent());
      assert.deepEqual(bearers(), ['Bearer token-1', 'Bearer token-2']);
    });

    it('once only', async () => {
      calendar.script({ status: 401, body: googleError(401, 'authError') });
      const failure = failureOf(await getEvent());
      assert.deepEqual([failure.kind, failure.code], ['unauthorised', 'authError']);
      assert.equal(calendar.requests.length, 2);
    });

    for (const [status, error, kind] of [
      [401, 'unauthorized_client', 'unauthorised'],
      [400, 'invalid_grant', 'unauthorised'],
      [429, 'rate_limited', 'throttled'],
      [503, 'backend_error', 'transient'],
    ] as const) {
      it(`${status} ${error}: ${kind}, nothing is asked of the calendar`, async () => {
        tokens.script({ status, body: { error, error_description: 'Invalid email or User ID' } });
        const failure = failureOf(await google.insertEvent({ subject: sam, event }));
        assert.deepEqual([failure.kind, failure.code, failure.mayHaveHappened], [kind, error, false]);
        assert.equal(calendar.requests.length, 0);
      });
    }

    it('a key that cannot be read fails the call, not the start, and is not repeated', async () => {
      google = create('-----BEGIN PRIVATE KEY-----\\nsecret');
      const result = await getEvent();
      assert.deepEqual(
        [failureOf(result).kind, failureOf(result).code],
        ['unauthorised', 'UNREADABLE_PRIVATE_KEY'],
      );
      assert.equal(JSON.stringify(result).includes('secret'), false);
    });
  });

  describe('freeBusy', () => {
    const ask = (emails: readonly string[]) =>
      google.freeBusy({
        subject: sam,
        emails,
        timeMin: new Date('2026-12-01T09:00:00Z'),
        timeMax: new Date('2026-12-02T09:00:00Z'),
        quotaUser: '101',
      });

    it('gives the busy periods of each calendar', async () => {
      const busy = [{ start: '2026-12-01T11:00:00Z', end: '2026-12-01T13:30:00+01:00' }];
      calendar.script({
        body: { calendars: { 'SAM@acme.example': { busy }, 'kim@acme.example': { busy: [] } } },
      });
      const calendars = dataOf(await ask([sam, 'kim@acme.example']));
      assert.deepEqual(calendars.get(sam), {
        kind: 'read',
        busy: [{ start: new Date('2026-12-01T11:00:00Z'), end: new Date('2026-12-01T12:30:00Z') }],
      });
      assert.deepEqual(calendars.get('kim@acme.example'), { kind: 'read', busy: [] });
      const request = calendar.requests[0];
      assert.equal(request?.path, '/calendar/v3/freeBusy');
      assert.equal(request?.query.get('quotaUser'), '101');
      assert.deepEqual(JSON.parse(request?.text ?? ''), {
        timeMin: '2026-12-01T09:00:00.000Z',
        timeMax: '2026-12-02T09:00:00.000Z',
        timeZone: 'UTC',
        groupExpansionMax: 100,
        calendarExpansionMax: 50,
        items: [{ id: sam }, { id: 'kim@acme.example' }],
      });
    });

    it('a calendar with errors, or none at all, is not read as free', async () => {
      calendar.script({ body: { calendars: { [sam]: { errors: [{ reason: 'notFound' }], busy: [] } } } });
      const calendars = dataOf(await ask([sam, 'kim@acme.example']));
      assert.deepEqual(calendars.get(sam), { kind: 'unreadable', errors: ['notFound'] });
      assert.deepEqual(calendars.get('kim@acme.example'), { kind: 'unreadable', errors: ['missing'] });
    });

    it('an answer that differs from the schema does not tell the e-mail', async () => {
      calendar.script({ body: { calendars: { [sam]: { busy: [{ start: 'noon' }] } } } });
      const failure = failureOf(await ask([sam]));
      assert.equal(failure.kind, 'transient');
      assert.equal(failure.summary.includes(sam), false);
    });

    it('a broken connection cannot have changed anything', async () => {
      calendar.script((response) => response.destroy());
      const failure = failureOf(await ask([sam]));
      assert.deepEqual([failure.kind, failure.mayHaveHappened], ['transient', false]);
    });
  });

  describe('events', () => {
    it('inserts with a conference and with mails to the guests', async () => {
      calendar.script({
        body: {
          id: eventId,
          status: 'confirmed',
          start: { dateTime: '2026-12-01T14:00:00Z' },
          conferenceData: { createRequest: { status: { statusCode: 'pending' } } },
        },
      });
      const inserted = dataOf(await google.insertEvent({ subject: sam, quotaUser: '101', event }));
      assert.ok(inserted.kind === 'inserted');
      assert.deepEqual(inserted.event.start?.dateTime, new Date('2026-12-01T14:00:00Z'));
      const request = calendar.requests[0];
      assert.equal(request?.path, '/calendar/v3/calendars/sam%40acme.example/events');
      assert.deepEqual(Object.fromEntries(request?.query ?? []), {
        conferenceDataVersion: '1',
        sendUpdates: 'all',
        quotaUser: '101',
      });
      assert.deepEqual(JSON.parse(request?.text ?? ''), event);
    });

    it('a second insert of the same id is told as such', async () => {
      calendar.script({ status: 409, body: googleError(409, 'duplicate') });
      assert.deepEqual(dataOf(await google.insertEvent({ subject: sam, event })), { kind: 'idTaken' });
    });

    it('an insert whose answer is lost may be repeated', async () => {
      calendar.script((response) => response.destroy());
      const failure = failureOf(await google.insertEvent({ subject: sam, event }));
      assert.deepEqual([failure.kind, failure.mayHaveHappened], ['transient', true]);
    });

    it('reads a cancelled event as such', async () => {
      calendar.script({ body: { id: eventId, status: 'cancelled' } });
      assert.equal(dataOf(await getEvent()).status, 'cancelled');
    });

    it('patches with mails to the guests', async () => {
      dataOf(await google.patchEvent({ subject: sam, eventId, change: { summary: 'Later' } }));
      assert.equal(calendar.requests[0]?.method, 'PATCH');
      assert.equal(calendar.requests[0]?.query.get('sendUpdates'), 'all');
    });

    it('deletes, and takes an event deleted before for done', async () => {
      calendar.script({ status: 204 });
      dataOf(await google.deleteEvent({ subject: sam, eventId }));
      calendar.script({ status: 410, body: googleError(410, 'deleted') });
      dataOf(await google.deleteEvent({ subject: sam, eventId }));
    });

    it('lists by pages', async () => {
      calendar.script({ body: { items: [{ id: 'a1' }], nextPageToken: 'p2' } });
      const page = dataOf(
        await google.listEvents({
          subject: sam,
          updatedMin: new Date('2026-11-20T00:00:00Z'),
          showDeleted: true,
        }),
      );
      assert.deepEqual(page, { items: [{ id: 'a1' }], nextPageToken: 'p2', nextSyncToken: null });
      assert.equal(calendar.requests[0]?.query.get('updatedMin'), '2026-11-20T00:00:00.000Z');
    });
  });

  describe('failures', () => {
    for (const [status, reason, kind] of [
      [400, 'timeRangeEmpty', 'refused'],
      [403, 'userRateLimitExceeded', 'throttled'],
      [403, 'rateLimitExceeded', 'throttled'],
      [403, 'forbiddenForServiceAccounts', 'refused'],
      [403, 'insufficientPermissions', 'refused'],
      [404, 'notFound', 'gone'],
      [410, 'fullSyncRequired', 'gone'],
      [412, 'conditionNotMet', 'refused'],
      [429, 'rateLimitExceeded', 'throttled'],
      [500, 'backendError', 'transient'],
      [503, 'backendError', 'transient'],
    ] as const) {
      it(`${status} ${reason}: ${kind}`, async () => {
        calendar.script({ status, body: googleError(status, reason) });
        const failure = failureOf(await getEvent());
        assert.deepEqual([failure.kind, failure.status, failure.code], [kind, status, reason]);
        assert.equal(calendar.requests.length, 1);
        assert.equal(failure.summary.includes('nell'), false);
      });
    }

    it("403 quotaExceeded: one user's limit that lasts, so the next try is far away", async () => {
      calendar.script({ status: 403, body: googleError(403, 'quotaExceeded') });
      const failure = failureOf(await google.insertEvent({ subject: sam, event }));
      assert.deepEqual([failure.kind, failure.retryAfterMs], ['throttled', 900_000]);
    });

    it('names the parameter of a refusal', async () => {
      const body = googleError(400, 'invalid', { locationType: 'parameter', location: 'timeMax' });
      calendar.script({ status: 400, body });
      assert.deepEqual(failureOf(await getEvent()).fields, ['timeMax']);
    });

    it('a 404 that is not of the API is a wrong address, not a missing event', async () => {
      calendar.script({ status: 404, body: '<title>Error 404</title>' });
      assert.equal(failureOf(await getEvent()).kind, 'refused');
    });

    it('an id cannot lead to another endpoint', async () => {
      await assert.rejects(google.getEvent({ subject: sam, eventId: '..' }), /needs a usable eventId/);
      await google.getEvent({ subject: sam, eventId: 'a/../b' });
      assert.equal(calendar.requests[0]?.path, '/calendar/v3/calendars/sam%40acme.example/events/a%2F..%2Fb');
    });

    it('an insert into a calendar that does not exist is refused', async () => {
      calendar.script({ status: 404, body: googleError(404, 'notFound') });
      assert.equal(failureOf(await google.insertEvent({ subject: sam, event })).kind, 'refused');
    });
  });
});
