import assert from 'node:assert/strict';
import { createGoogleClient } from '../../../clients/google/client.ts';
import type { GoogleClient, NewEvent } from '../../../clients/google/client.ts';
import type { Listening } from '../../../sandbox/common/listen.ts';
import { createGoogleSandbox } from '../../../sandbox/google/index.ts';
import { dataOf, failureOf } from '../results.ts';

const sam = 'sam@acme.example';
const start = new Date('2026-12-01T14:00:00Z');
const end = new Date('2026-12-01T14:30:00Z');

const newEvent = (id: string): NewEvent => ({
  id,
  summary: 'TutorCruncher demo with Sam Sales',
  description: 'Hi Nell',
  start: { dateTime: start.toISOString(), timeZone: 'UTC' },
  end: { dateTime: end.toISOString(), timeZone: 'UTC' },
  attendees: [{ email: sam, responseStatus: 'accepted' }, { email: 'nell@harbour-tutors.example' }],
  reminders: { useDefault: true },
  extendedProperties: { private: { hermesMeetingId: '4218' } },
  conferenceData: {
    createRequest: { requestId: 'hermes-4218', conferenceSolutionKey: { type: 'hangoutsMeet' } },
  },
});

describe('clients/google with the sandbox', () => {
  const sandbox = createGoogleSandbox({ users: [{ email: sam }, { email: 'kim@acme.example' }] });
  let listening: Listening;
  let google: GoogleClient;

  const create = (scope = 'https://www.googleapis.com/auth/calendar'): GoogleClient => {
    const environment = sandbox.env(listening.url);
    return createGoogleClient({
      tokenUri: environment['G_TOKEN_URI'] ?? '',
      calendarBaseUrl: environment['G_CALENDAR_BASE_URL'] ?? '',
      clientEmail: environment['G_CLIENT_EMAIL'] ?? '',
      privateKey: environment['G_PRIVATE_KEY'] ?? '',
      privateKeyId: environment['G_PRIVATE_KEY_ID'],
      scope,
    });
  };

  before(async () => {
    listening = await sandbox.listen();
  });
  after(() => listening.close());
  beforeEach(() => {
    sandbox.reset();
    google = create();
  });

  const busy = (emails: readonly string[]) =>
    google.freeBusy({ subject: sam, emails, timeMin: new Date(start.getTime() - 60_000), timeMax: end });

  it('reads who is busy, and who cannot be read', async () => {
    sandbox.addBusy(sam, '2026-12-01T13:00:00Z', start);
    sandbox.setUnreadable('kim@acme.example', 'internalError');
    const calendars = dataOf(await busy([sam, 'kim@acme.example', 'gone@acme.example']));
    const period = calendars.get(sam);
    assert.ok(period?.kind === 'read');
    assert.deepEqual(period.busy.at(0)?.end, start);
    assert.deepEqual(calendars.get('kim@acme.example'), { kind: 'unreadable', errors: ['internalError'] });
    assert.deepEqual(calendars.get('gone@acme.example'), { kind: 'unreadable', errors: ['notFound'] });
  });

  it('an empty range is refused', async () => {
    const result = await google.freeBusy({ subject: sam, emails: [sam], timeMin: end, timeMax: start });
    assert.deepEqual([failureOf(result).kind, failureOf(result).code], ['refused', 'timeRangeEmpty']);
  });

  it('makes one event with a Meet room and invites both guests', async () => {
    const inserted = dataOf(await google.insertEvent({ subject: sam, event: newEvent('0a1b2c3d') }));
    assert.ok(inserted.kind === 'inserted');
    assert.deepEqual(inserted.event.start?.dateTime, start);
    assert.equal(inserted.event.extendedProperties?.private?.['hermesMeetingId'], '4218');
    assert.ok(inserted.event.conferenceData?.entryPoints?.some((entry) => entry.entryPointType === 'video'));
    assert.equal(sandbox.events(sam).length, 1);
    assert.ok(sandbox.notices.length > 0);
  });

  it('an insert whose answer was lost is found under its own id', async () => {
    sandbox.faults.add({ kind: 'dropAfter', path: '/calendar/v3/calendars' });
    const lost = failureOf(await google.insertEvent({ subject: sam, event: newEvent('0a1b2c3d') }));
    assert.deepEqual([lost.kind, lost.mayHaveHappened], ['transient', true]);
    const again = dataOf(await google.insertEvent({ subject: sam, event: newEvent('0a1b2c3d') }));
    assert.equal(again.kind, 'idTaken');
    const event = dataOf(await google.getEvent({ subject: sam, eventId: '0a1b2c3d' }));
    assert.equal(event.extendedProperties?.private?.['hermesMeetingId'], '4218');
    assert.equal(sandbox.events(sam).length, 1);
  });

  it('a deleted event keeps its id, and deleting it again is done already', async () => {
    const target = { subject: sam, eventId: '0a1b2c3d' };
    dataOf(await google.insertEvent({ subject: sam, event: newEvent('0a1b2c3d') }));
    dataOf(await google.deleteEvent(target));
    dataOf(await google.deleteEvent(target));
    assert.equal(dataOf(await google.getEvent(target)).status, 'cancelled');
    const again = await google.insertEvent({ subject: sam, event: newEvent('0a1b2c3d') });
    assert.equal(dataOf(again).kind, 'idTaken');
  });

  it('moves an event and lists it', async () => {
    dataOf(await google.insertEvent({ subject: sam, event: newEvent('0a1b2c3d') }));
    const later = new Date('2026-12-01T15:00:00Z');
    const change = {
      start: { dateTime: end.toISOString(), timeZone: 'UTC' },
      end: { dateTime: later.toISOString(), timeZone: 'UTC' },
    };
    dataOf(await google.patchEvent({ subject: sam, eventId: '0a1b2c3d', change }));
    const page = dataOf(await google.listEvents({ subject: sam, timeMin: start, timeMax: later }));
    assert.deepEqual(page.items.at(0)?.start?.dateTime, end);
  });

  it('an event that never existed is gone', async () => {
    assert.equal(failureOf(await google.getEvent({ subject: sam, eventId: '0a1b2c3d' })).kind, 'gone');
  });

  it('takes a new token when the old one is refused', async () => {
    dataOf(await busy([sam]));
    sandbox.revokeTokens();
    dataOf(await busy([sam]));
  });

  it('a scope that was not granted, and a suspended admin, are unauthorised', async () => {
    google = create('https://www.googleapis.com/auth/calendar.events');
    assert.equal(failureOf(await busy([sam])).code, 'unauthorized_client');
    google = create();
    sandbox.suspend(sam);
    const failure = failureOf(await busy([sam]));
    assert.deepEqual([failure.kind, failure.code], ['unauthorised', 'invalid_grant']);
  });
});
