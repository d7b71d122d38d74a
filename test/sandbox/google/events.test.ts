import assert from 'node:assert/strict';
import { googleFault } from '../../../sandbox/google/errors.ts';
import { errorOf, GoogleFixture, sam, sol, type Answer, type Claims } from './support.ts';

const id = 'hm0000000000000000000000000042a1';
const nell = 'nell@harbour-tutors.example';
const meeting = {
  id,
  summary: 'TutorCruncher demo with Sam Sales',
  description: 'Hi Nell, …',
  start: { dateTime: '2026-07-01T14:00:00Z', timeZone: 'UTC' },
  end: { dateTime: '2026-07-01T14:30:00Z', timeZone: 'UTC' },
  attendees: [{ email: sam, responseStatus: 'accepted' }, { email: nell }],
  reminders: { useDefault: true },
  extendedProperties: { private: { hermesMeetingId: '4218' } },
  conferenceData: {
    createRequest: { requestId: 'hermes-meeting-4218', conferenceSolutionKey: { type: 'hangoutsMeet' } },
  },
};

describe('sandbox Google: events', () => {
  let google: GoogleFixture;

  beforeEach(async () => {
    google = new GoogleFixture();
    await google.start();
  });
  afterEach(() => google.stop());

  const events = `/calendars/${encodeURIComponent(sam)}/events`;
  const insert = (
    body: unknown = meeting,
    query = '?conferenceDataVersion=1&sendUpdates=all',
    claims?: Claims,
  ): Promise<Answer> => google.call('POST', `${events}${query}`, body, claims);
  const reason = async (body: unknown, query?: string, claims?: Claims): Promise<string | undefined> => {
    const answer = await insert(body, query, claims);
    assert.equal(google.sandbox.events(sam).length, 0);
    return `${answer.status} ${errorOf(answer).reason}`;
  };

  it('inserts an event and invites its guests', async () => {
    const { status, body } = await insert();
    assert.equal(status, 200);
    assert.equal(body['id'], id);
    assert.equal(body['status'], 'confirmed');
    assert.equal(body['iCalUID'], `${id}@google.com`);
    assert.deepEqual(body['organizer'], { email: sam, self: true });
    assert.deepEqual(body['attendees'], [
      { email: sam, responseStatus: 'accepted', organizer: true, self: true },
      { email: nell, responseStatus: 'needsAction' },
    ]);
    assert.deepEqual(body['extendedProperties'], meeting.extendedProperties);
    // In the calendar's own zone, whatever offset was sent.
    assert.deepEqual(body['start'], { dateTime: '2026-07-01T15:00:00+01:00', timeZone: 'UTC' });
    assert.match(String(body['hangoutLink']), /^https:\/\/meet\.google\.com\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
    assert.deepEqual(google.sandbox.notices, [{ kind: 'invitation', eventId: id, to: nell }]);
  });

  it('ignores conference data without conferenceDataVersion=1, and a request id seen before', async () => {
    const silent = await insert(meeting, '?sendUpdates=all');
    assert.equal(silent.status, 200);
    assert.equal(silent.body['conferenceData'], undefined);
    await insert({ ...meeting, id: 'aaaaa' });
    const repeated = await insert({ ...meeting, id: 'bbbbb' });
    assert.equal(repeated.status, 200);
    assert.equal(repeated.body['hangoutLink'], undefined);
  });

  it('can leave a conference pending until the event is read, or fail it', async () => {
    google.sandbox.settings.conference = 'pending';
    const { body } = await insert();
    const statusOf = (event: Record<string, unknown>): unknown =>
      (event['conferenceData'] as { createRequest: { status: { statusCode: string } } }).createRequest.status
        .statusCode;
    assert.equal(statusOf(body), 'pending');
    assert.equal(body['hangoutLink'], undefined);
    await google.call('GET', `${events}/${id}`);
    const later = await google.call('GET', `${events}/${id}`);
    assert.equal(statusOf(later.body), 'success');
    google.sandbox.settings.conference = 'failure';
    const request = { requestId: 'other', conferenceSolutionKey: { type: 'hangoutsMeet' } };
    const failed = await insert({ ...meeting, id: 'aaaaa', conferenceData: { createRequest: request } });
    assert.equal(statusOf(failed.body), 'failure');
  });

  it('sends mails only when asked to', async () => {
    const guests = [...meeting.attendees, { email: sol }];
    await insert({ ...meeting, id: 'aaaaa', attendees: guests }, '');
    assert.equal(google.sandbox.notices.length, 0);
    await insert({ ...meeting, id: 'bbbbb', attendees: guests }, '?sendUpdates=externalOnly');
    assert.deepEqual(
      google.sandbox.notices.map(({ to }) => to),
      [nell],
    );
    await insert({ ...meeting, id: 'ccccc', attendees: guests }, '?sendNotifications=true');
    assert.equal(google.sandbox.notices.length, 3);
  });

  it('knows ids of lower-case base32hex only, and never twice', async () => {
    for (const bad of ['abcd', 'hm-0000', 'HM000000', 'wxyz0', 'a'.repeat(1_025), 7]) {
      assert.equal(await reason({ ...meeting, id: bad }), '400 invalid');
    }
    assert.equal((await insert()).status, 200);
    const again = await insert();
    assert.equal(again.status, 409);
    assert.deepEqual(errorOf(again), {
      code: 409,
      reason: 'duplicate',
      message: 'The requested identifier already exists.',
    });
  });

  it('keeps a deleted id: it reads as cancelled, is refused again, deletes with 410', async () => {
    await insert();
    assert.equal((await google.call('DELETE', `${events}/${id}?sendUpdates=all`)).status, 204);
    const read = await google.call('GET', `${events}/${id}`);
    assert.equal(read.status, 200);
    assert.equal(read.body['status'], 'cancelled');
    assert.equal((await insert()).status, 409);
    const patched = await google.call('PATCH', `${events}/${id}`, { summary: 'x' });
    assert.equal(patched.status, 403);
    const again = await google.call('DELETE', `${events}/${id}`);
    assert.equal(again.status, 410);
    assert.equal(errorOf(again).reason, 'deleted');
    assert.deepEqual(google.sandbox.notices.at(-1), { kind: 'cancellation', eventId: id, to: nell });
  });

  const refusals: [string, Record<string, unknown>, string][] = [
    [
      'an event that ends before it starts',
      { end: { dateTime: '2026-07-01T13:00:00Z' } },
      '400 timeRangeEmpty',
    ],
    ['an event without an end', { end: undefined }, '400 required'],
    ['a local time without a zone', { start: { dateTime: '2026-07-01T14:00:00' } }, '400 required'],
    [
      'an unknown zone',
      { start: { dateTime: '2026-07-01T14:00:00Z', timeZone: 'Mars/Olympus' } },
      '400 invalid',
    ],
    ['half a day, half a time', { end: { date: '2026-07-02' } }, '400 invalid'],
    ['a guest without e-mail', { attendees: [{ displayName: 'Nell' }] }, '400 required'],
    ['a guest whose e-mail is none', { attendees: [{ email: 'nell' }] }, '400 invalid'],
    ['an unknown response', { attendees: [{ email: nell, responseStatus: 'yes' }] }, '400 invalid'],
    [
      'another conference',
      { conferenceData: { createRequest: { requestId: 'x', conferenceSolutionKey: { type: 'addOn' } } } },
      '400 invalid',
    ],
    [
      'private properties that are no text',
      { extendedProperties: { private: { hermesMeetingId: 4218 } } },
      '400 invalid',
    ],
    ['id and iCalUID together', { iCalUID: 'x@acme.example' }, '400 invalid'],
    ['an unknown field', { title: 'x' }, '400 invalid'],
  ];
  for (const [name, change, expected] of refusals) {
    it(`refuses ${name}`, async () => {
      assert.equal(await reason({ ...meeting, ...change }), expected);
    });
  }

  it('refuses unknown parameters and values', async () => {
    assert.equal(await reason(meeting, '?sendUpdates=everybody'), '400 invalid');
    assert.equal(await reason(meeting, '?conferenceDataVersion=2'), '400 invalid');
    assert.equal(await reason(meeting, '?sendupdates=all'), '400 invalid');
    assert.equal(await reason(meeting, `?quotaUser=${'x'.repeat(41)}`), '400 invalid');
    assert.equal((await insert(meeting, '?quotaUser=7')).status, 200);
  });

  it('takes a local time with its zone', async () => {
    const start = { dateTime: '2026-07-01T14:00:00', timeZone: 'Europe/London' };
    const end = { dateTime: '2026-07-01T14:30:00', timeZone: 'Europe/London' };
    const { body } = await insert({ ...meeting, start, end });
    assert.deepEqual(body['start'], { dateTime: '2026-07-01T14:00:00+01:00', timeZone: 'Europe/London' });
  });

  it('lets nobody answer for somebody else', async () => {
    const attendees = [
      { email: sam, responseStatus: 'accepted' },
      { email: nell, responseStatus: 'accepted' },
    ];
    await insert({ ...meeting, attendees });
    assert.deepEqual(
      google.sandbox.events(sam)[0]?.attendees.map(({ responseStatus }) => responseStatus),
      ['accepted', 'needsAction'],
    );
  });

  it("refuses other people's and unknown calendars", async () => {
    assert.equal(await reason(meeting, '', { sub: sol }), '403 requiredAccessLevel');
    const unknown = await google.call('POST', '/calendars/gone@acme.example/events', meeting);
    assert.equal(unknown.status, 404);
    assert.equal(errorOf(unknown).reason, 'notFound');
    const primary = await google.call('POST', '/calendars/primary/events', meeting);
    assert.deepEqual(primary.body['organizer'], { email: sam, self: true });
  });

  it('refuses guests and Meet to a service account without delegation', async () => {
    google.sandbox.settings.grantedScopes = null;
    const own: Claims = { sub: undefined };
    assert.equal(await reason(meeting, undefined, own), '403 forbiddenForServiceAccounts');
    assert.equal(await reason({ ...meeting, attendees: [] }, undefined, own), '400 invalid');
  });

  it('patches what is named, counts a move and tells the guests', async () => {
    await insert();
    const { status, body } = await google.call('PATCH', `${events}/${id}?sendUpdates=all`, {
      start: { dateTime: '2026-07-02T09:00:00Z' },
      end: { dateTime: '2026-07-02T09:30:00Z' },
    });
    assert.equal(status, 200);
    assert.equal(body['sequence'], 1);
    assert.equal(body['summary'], meeting.summary);
    assert.ok(body['hangoutLink']);
    assert.deepEqual(google.sandbox.notices.at(-1), { kind: 'update', eventId: id, to: nell });
    const cancelled = await google.call('PATCH', `${events}/${id}`, { status: 'cancelled' });
    assert.equal(cancelled.body['status'], 'cancelled');
    assert.equal((await google.call('PATCH', `${events}/none0`, {})).status, 404);
  });

  it('holds a change to the version it was made for', async () => {
    const { body } = await insert();
    const token = await google.token();
    const patch = (match: unknown): Promise<Answer> =>
      google.callWith(token, 'PATCH', `${events}/${id}`, { summary: 'x' }, { 'if-match': String(match) });
    assert.equal((await patch(body['etag'])).status, 200);
    const late = await patch(body['etag']);
    assert.equal(late.status, 412);
    assert.equal(errorOf(late).reason, 'conditionNotMet');
  });

  it('shows a guest the event, who may not change it', async () => {
    await insert({ ...meeting, attendees: [{ email: sol }] });
    const theirs = `/calendars/${sol}/events/${id}`;
    assert.equal((await google.call('GET', theirs, undefined, { sub: sol })).status, 200);
    const patched = await google.call('PATCH', theirs, { summary: 'x' }, { sub: sol });
    assert.equal(errorOf(patched).reason, 'forbiddenForNonOrganizer');
  });

  it('lists by time, property, page and change', async () => {
    for (const [index, name] of ['aaaaa', 'bbbbb', 'ccccc'].entries()) {
      await insert({
        ...meeting,
        id: name,
        start: { dateTime: `2026-07-0${index + 1}T14:00:00Z` },
        end: { dateTime: `2026-07-0${index + 1}T14:30:00Z` },
        extendedProperties: { private: { hermesMeetingId: String(index) } },
      });
    }
    const list = async (query: string): Promise<Record<string, unknown>> =>
      (await google.call('GET', `${events}?${query}`)).body;
    const ids = ({ items }: Record<string, unknown>): string[] =>
      (items as { id: string }[]).map((event) => event.id);

    assert.deepEqual(ids(await list('timeMin=2026-07-01T14:30:00Z&timeMax=2026-07-03T14:00:00Z')), ['bbbbb']);
    assert.deepEqual(ids(await list('privateExtendedProperty=hermesMeetingId%3D2')), ['ccccc']);
    const first = await list('maxResults=2');
    assert.deepEqual(ids(first), ['aaaaa', 'bbbbb']);
    assert.equal(first['nextSyncToken'], undefined);
    const second = await list(`maxResults=2&pageToken=${String(first['nextPageToken'])}`);
    assert.deepEqual(ids(second), ['ccccc']);

    const token = String(second['nextSyncToken']);
    assert.deepEqual(ids(await list(`syncToken=${token}`)), []);
    await google.call('DELETE', `${events}/bbbbb`);
    assert.deepEqual(ids(await list('')), ['aaaaa', 'ccccc']);
    const changes = await list(`syncToken=${token}`);
    assert.deepEqual(ids(changes), ['bbbbb']);
    assert.equal((changes['items'] as { status: string }[])[0]?.status, 'cancelled');

    const mixed = await google.call('GET', `${events}?syncToken=${token}&timeMin=2026-07-01T00:00:00Z`);
    assert.equal(mixed.status, 400);
    const stale = await google.call('GET', `${events}?syncToken=nonsense`);
    assert.equal(stale.status, 410);
    assert.equal(errorOf(stale).reason, 'fullSyncRequired');
  });

  it('takes channels, answers limits by fault, and shows people a page', async () => {
    const channel = await google.call('POST', `${events}/watch`, {
      id: 'channel-1',
      type: 'web_hook',
      address: 'https://hermes.example/google/',
    });
    assert.equal(channel.status, 200);
    // Without a path the fault would hit the token request.
    google.sandbox.faults.add({ ...googleFault(403, 'userRateLimitExceeded'), path: '/calendar/v3' });
    assert.equal(errorOf(await insert()).reason, 'userRateLimitExceeded');
    assert.equal((await insert()).status, 200);
    const page = await (await fetch(google.url)).text();
    assert.match(page, /TutorCruncher demo with Sam Sales/);
  });

  it('is steered over HTTP', async () => {
    const desk = (method: string, path: string, body?: unknown): Promise<Response> =>
      fetch(`${google.url}/_sandbox${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
    assert.equal((await desk('POST', '/users', { email: 'new@acme.example' })).status, 204);
    const busy = { start: '2026-12-01T11:00:00Z', end: '2026-12-01T12:00:00Z' };
    assert.equal((await desk('POST', '/users/new@acme.example/busy', busy)).status, 204);
    assert.equal((await desk('PATCH', '/users/new@acme.example', { suspended: true })).status, 204);
    assert.equal((await desk('POST', '/users/none@acme.example/busy', busy)).status, 404);
    assert.equal((await desk('PATCH', '/settings', { conference: 'pending' })).status, 200);
    const { users } = (await (await desk('GET', '/state')).json()) as {
      users: { email: string; busy: unknown[] }[];
    };
    assert.equal(users.find(({ email }) => email === 'new@acme.example')?.busy.length, 1);
    assert.equal((await desk('POST', '/reset')).status, 204);
    assert.throws(() => google.sandbox.calendar('new@acme.example'));
  });
});
