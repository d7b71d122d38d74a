import assert from 'node:assert/strict';
import { errorOf, GoogleFixture, sam, sol, type Answer } from './support.ts';

describe('sandbox Google: free/busy', () => {
  let google: GoogleFixture;

  beforeEach(async () => {
    google = new GoogleFixture();
    await google.start();
  });
  afterEach(() => google.stop());

  const query = (more: Record<string, unknown> = {}): Promise<Answer> =>
    google.call('POST', '/freeBusy', {
      timeMin: '2026-12-01T09:00:00Z',
      timeMax: '2026-12-02T09:00:00Z',
      timeZone: 'UTC',
      items: [{ id: sam }],
      ...more,
    });
  const busyOf = ({ body }: Answer, email = sam): unknown =>
    (body['calendars'] as Record<string, { busy: unknown }>)[email]?.busy;

  it('answers the busy periods of a calendar', async () => {
    google.sandbox.addBusy(sam, '2026-12-01T11:00:00Z', '2026-12-01T12:30:00Z');
    const answer = await query();
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, {
      kind: 'calendar#freeBusy',
      timeMin: '2026-12-01T09:00:00.000Z',
      timeMax: '2026-12-02T09:00:00.000Z',
      calendars: { [sam]: { busy: [{ start: '2026-12-01T11:00:00Z', end: '2026-12-01T12:30:00Z' }] } },
    });
  });

  it('merges what overlaps or touches', async () => {
    google.sandbox.addBusy(sam, '2026-12-01T12:00:00Z', '2026-12-01T13:00:00Z');
    google.sandbox.addBusy(sam, '2026-12-01T11:00:00Z', '2026-12-01T12:00:00Z');
    google.sandbox.addBusy(sam, '2026-12-01T11:30:00Z', '2026-12-01T11:40:00Z');
    assert.deepEqual(busyOf(await query()), [{ start: '2026-12-01T11:00:00Z', end: '2026-12-01T13:00:00Z' }]);
  });

  it('includes starts and excludes ends: what only touches the range is not told', async () => {
    google.sandbox.addBusy(sam, '2026-12-01T08:00:00Z', '2026-12-01T09:00:00Z');
    google.sandbox.addBusy(sam, '2026-12-02T09:00:00Z', '2026-12-02T10:00:00Z');
    assert.deepEqual(busyOf(await query()), []);
    assert.deepEqual(busyOf(await query({ timeMin: '2026-12-01T08:59:00Z' })), [
      { start: '2026-12-01T08:00:00Z', end: '2026-12-01T09:00:00Z' },
    ]);
  });

  it('answers in the zone asked for', async () => {
    google.sandbox.addBusy(sam, '2026-12-01T11:00:00Z', '2026-12-01T12:00:00Z');
    assert.deepEqual(busyOf(await query({ timeZone: 'Europe/Paris' })), [
      { start: '2026-12-01T12:00:00+01:00', end: '2026-12-01T13:00:00+01:00' },
    ]);
    assert.deepEqual(busyOf(await query({ timeZone: 'utc' })), [
      { start: '2026-12-01T11:00:00Z', end: '2026-12-01T12:00:00Z' },
    ]);
  });

  it("tells a calendar's problem with 200 and nothing busy", async () => {
    google.sandbox.addBusy(sol, '2026-12-01T11:00:00Z', '2026-12-01T12:00:00Z');
    google.sandbox.setUnreadable(sol, 'internalError');
    const answer = await query({ items: [{ id: 'gone@acme.example' }, { id: sol }, { id: sam }] });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body['calendars'], {
      'gone@acme.example': { errors: [{ domain: 'global', reason: 'notFound' }], busy: [] },
      [sol]: { errors: [{ domain: 'global', reason: 'internalError' }], busy: [] },
      [sam]: { busy: [] },
    });
  });

  it('counts events unless cancelled, transparent or declined; all-day ones only when marked busy', async () => {
    const insert = (event: Record<string, unknown>, times = {}): Promise<Answer> =>
      google.call('POST', `/calendars/${sam}/events`, {
        summary: 'x',
        start: { dateTime: '2026-12-01T14:00:00Z' },
        end: { dateTime: '2026-12-01T14:30:00Z' },
        ...times,
        ...event,
      });
    await insert({ id: 'aaaaa', attendees: [{ email: sol }] });
    assert.deepEqual(busyOf(await query()), [{ start: '2026-12-01T14:00:00Z', end: '2026-12-01T14:30:00Z' }]);
    assert.deepEqual(busyOf(await query({ items: [{ id: sol }] }), sol), [
      { start: '2026-12-01T14:00:00Z', end: '2026-12-01T14:30:00Z' },
    ]);
    google.sandbox.events(sam)[0]!.attendees[0]!.responseStatus = 'declined';
    assert.deepEqual(busyOf(await query({ items: [{ id: sol }] }), sol), []);
    await google.call('DELETE', `/calendars/${sam}/events/aaaaa`);
    await insert({ id: 'bbbbb', transparency: 'transparent' });
    const allDay = { start: { date: '2026-12-01' }, end: { date: '2026-12-02' } };
    await insert({ id: 'ccccc' }, allDay);
    assert.deepEqual(busyOf(await query()), []);
    await insert({ id: 'ddddd', transparency: 'opaque' }, allDay);
    assert.deepEqual(busyOf(await query()), [{ start: '2026-12-01T00:00:00Z', end: '2026-12-02T00:00:00Z' }]);
  });

  const faults: [string, Record<string, unknown>, string][] = [
    ['an empty range', { timeMax: '2026-12-01T09:00:00Z' }, 'timeRangeEmpty'],
    ['a range of many months', { timeMax: '2027-06-01T09:00:00Z' }, 'timeRangeTooLong'],
    ['no timeMin', { timeMin: undefined }, 'required'],
    ['a time without an offset', { timeMin: '2026-12-01T09:00:00' }, 'invalid'],
    ['an unknown zone', { timeZone: 'Mars/Olympus' }, 'invalid'],
    ['more than 50 calendars per answer', { calendarExpansionMax: 51 }, 'invalid'],
    ['more than 100 members per group', { groupExpansionMax: 101 }, 'invalid'],
    ['an item without id', { items: [{}] }, 'required'],
    ['an unknown field', { timemin: 'x' }, 'invalid'],
  ];
  for (const [name, more, reason] of faults) {
    it(`refuses ${name}`, async () => {
      const answer = await query(more);
      assert.equal(answer.status, 400);
      assert.equal(errorOf(answer).reason, reason);
    });
  }

  it('takes 100 and 50 as expansions, as everybody asks', async () => {
    assert.equal((await query({ groupExpansionMax: 100, calendarExpansionMax: 50 })).status, 200);
  });

  it('is spelled with a capital B, and shows nothing to a service account in its own name', async () => {
    assert.equal((await google.call('POST', '/freebusy', {})).status, 404);
    const own = await google.call(
      'POST',
      '/freeBusy',
      { timeMin: '2026-12-01T09:00:00Z', timeMax: '2026-12-02T09:00:00Z', items: [{ id: sam }] },
      { sub: undefined },
    );
    assert.deepEqual(own.body['calendars'], {
      [sam]: { errors: [{ domain: 'global', reason: 'notFound' }], busy: [] },
    });
  });
});
