import assert from 'node:assert/strict';
import { calendarClient } from '../../../activities/google/calendar.ts';
import { createBusyReader } from '../../../api/callbooker/busyCalendar.ts';
import { admin, openDoor, sam, type Door } from './support.ts';

const from = '2026-12-01T00:00:00Z';
const to = '2026-12-04T00:00:00Z';

describe('api/callbooker/availability', () => {
  let door: Door;
  // Each test its own admin: answers of the calendar are kept for a few seconds.
  let adminId = 0;

  before(async () => {
    door = await openDoor();
  });
  after(() => door.stop());
  beforeEach(async () => {
    door.google.reset();
    adminId += 1;
    await door.db('admin').insert(admin(adminId, { username: sam }));
  });

  const ask = (query: Record<string, string | number> = {}) =>
    door.get(
      `/callbooker/availability/?${new URLSearchParams(
        Object.entries({ admin_id: adminId, start_dt: from, end_dt: to, ...query }).map(
          ([name, value]): [string, string] => [name, String(value)],
        ),
      ).toString()}`,
    );
  const slots = async (query: Record<string, string | number> = {}): Promise<string[][]> => {
    const { status, body } = await ask(query);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal((body as { status: string }).status, 'ok');
    return (body as { slots: string[][] }).slots;
  };

  it('AVL-01: unknown admin', async () => {
    assert.deepEqual(await ask({ admin_id: 999 }), {
      status: 404,
      body: { status: 'error', message: 'Admin not found' },
    });
  });

  it('AVL-02: nothing busy', async () => {
    const all = await slots();
    assert.equal(all.length, 30);
    assert.deepEqual(all[0], ['2026-12-01T10:00:00+00:00', '2026-12-01T10:30:00+00:00']);
  });

  it('AVL-03: no slot overlaps or touches what is busy', async () => {
    door.google.addBusy(sam, '2026-12-01T10:30:00Z', '2026-12-01T11:30:00Z');
    const starts = (await slots()).map(([start]) => start).filter((start) => start?.startsWith('2026-12-01'));
    assert.deepEqual(starts.slice(0, 2), ['2026-12-01T12:15:00+00:00', '2026-12-01T13:00:00+00:00']);
  });

  it('AVL-07: a range inside a busy period; epoch seconds and unencoded offsets are understood', async () => {
    door.google.addBusy(sam, '2026-12-01T10:00:00Z', '2026-12-01T13:00:00Z');
    const start = Date.parse('2026-12-01T10:30:00Z') / 1000;
    assert.deepEqual(await slots({ start_dt: start, end_dt: start + 7200 }), []);
    const { status, body } = await door.get(
      `/callbooker/availability?admin_id=${adminId}&start_dt=2026-12-02T09:00:00+00:00&end_dt=2026-12-02T11:00:00+00:00`,
    );
    assert.equal(status, 200);
    assert.equal((body as { slots: unknown[] }).slots.length, 1);
  });

  it('the configuration wins over the settings', async () => {
    await door
      .db('config')
      .insert({ meeting_dur_mins: 60, meeting_buffer_mins: 0, meeting_max_end: '12:00' });
    assert.equal((await slots()).length, 6);
    await door.db('config').delete();
  });

  it('a call booked here is not offered again, although the calendar does not know it yet', async () => {
    await door.db('meeting').insert({
      meeting_type: 'sales',
      admin_id: adminId,
      slot: '[2026-12-01T10:00:00Z,2026-12-01T10:45:00Z)',
    });
    assert.equal((await slots())[0]?.[0], '2026-12-01T10:45:00+00:00');
  });

  it('asks leave before each question to Google, and none for what it knows', async () => {
    const google = calendarClient(door.environment);
    assert.ok(google);
    const calendars = createBusyReader(google);
    let questions = 0;
    const read = (hour: number) =>
      calendars.read(
        { id: adminId, username: sam },
        new Date(Date.UTC(2026, 11, 1, hour)),
        new Date(Date.UTC(2026, 11, 2)),
        () => {
          questions += 1;
          return questions > 2 ? Promise.reject(new Error('enough')) : Promise.resolve();
        },
      );
    for (const hour of [9, 9, 10, 10, 9]) assert.equal((await read(hour)).kind, 'read');
    assert.equal(questions, 2);
    await assert.rejects(read(11), /enough/);
    assert.equal((await read(10)).kind, 'read');
  });

  it('is answered from one free/busy call for a while', async () => {
    const path = '/calendar/v3/freeBusy';
    await slots();
    await slots({ start_dt: '2026-12-01T00:00:12Z' });
    assert.equal(
      door.google.requests.entries.filter((entry) => entry.path === path && entry.status === 200).length,
      1,
    );
  });

  it('a calendar that cannot be read is not free; one that does not answer is an error', async () => {
    door.google.setUnreadable(sam, 'notFound');
    assert.deepEqual(await slots(), []);
    door.google.setUnreadable(sam, null);
    const outage = { kind: 'status', status: 500, path: '/calendar/v3/freeBusy' } as const;
    door.google.faults.add({ ...outage, times: Infinity });
    const { status, body } = await ask({ start_dt: '2026-11-30T00:00:00Z' });
    assert.equal(status, 503);
    assert.equal((body as { status: string }).status, 'error');
    door.google.faults.clear();
    door.google.faults.add(outage);
    assert.equal((await ask({ start_dt: '2026-11-30T00:00:00Z' })).status, 200, 'one fault is asked past');
  });

  it('validates the query', async () => {
    for (const query of [
      { admin_id: 'x' },
      { start_dt: 'soon' },
      { end_dt: '' },
      { end_dt: '2027-12-01T00:00:00Z' },
    ]) {
      const { status, body } = await ask(query);
      assert.equal(status, 422);
      assert.equal((body as { detail: { loc: string[] }[] }).detail[0]?.loc[0], 'query');
    }
    assert.deepEqual(await slots({ start_dt: to, end_dt: from }), []);
  });
});
