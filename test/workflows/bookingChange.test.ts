import assert from 'node:assert/strict';
import { meetingLinkUrl } from '../../domain/callbooker/meetingLink.ts';
import { eventually, useHermes } from '../support/hermes.ts';
import { bookSales, inDays, liveEvents, ok, only, refusal, rows, sam } from './bookingForm.ts';

describe('workflows/callChanged', () => {
  const hermes = useHermes({
    environment: { BOOKING_MAX_PER_IP: '100000', BOOKING_MAX_PER_EMAIL: '100000' },
  });
  beforeEach(async () => {
    await hermes.reset();
    assert.deepEqual(await bookSales(hermes), ok);
    await hermes.quiet();
  });
  afterEach(() => hermes.quiet());

  interface Call {
    id: number;
    uuid: string;
    status: string;
    start_time: Date;
    slot: string | null;
    pd_activity_id: number;
  }
  const call = async (): Promise<Call> => {
    const row = await hermes.db('meeting').where({ id: 1 }).first<Call>('*');
    return row;
  };

  const link = async (): Promise<{ path: string; s: string }> => {
    const { uuid } = await call();
    const url = new URL(meetingLinkUrl(hermes.url, 'test-signing-key', uuid));
    return { path: url.pathname, s: url.searchParams.get('s') ?? '' };
  };

  const change = async (what: 'cancel' | 'reschedule', body: Record<string, unknown> = {}) => {
    const { path, s } = await link();
    const response = await fetch(`${hermes.url}${path}${what}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ s, ...body }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  const activity = async () => hermes.pipedrive.activities.get((await call()).pd_activity_id);

  it('the invitation holds the link, and the page behind it shows the call and free times', async () => {
    const [event] = liveEvents(hermes);
    const href = /href="([^"]*\/callbooker\/meeting\/[^"]*)"/.exec(String(event?.fields['description']))?.[1];
    assert.ok(href !== undefined);
    const shown = new URL(href.replaceAll('&amp;', '&'));
    const url = `${hermes.url}${shown.pathname}${shown.search}`;
    const html = await (await fetch(url, { headers: { accept: 'text/html' } })).text();
    assert.match(html, /TutorCruncher demo with Sam Sales/);
    assert.match(html, /Cancel the call/);
    assert.match(html, /type="radio"/);
    const broken = await fetch(url.slice(0, -1), { headers: { accept: 'text/html' } });
    assert.equal(broken.status, 403);
    assert.match(await broken.text(), /<h1>That did not work<\/h1><p>This link is not whole/);
    const json = await fetch(url, { headers: { accept: 'application/json' } });
    assert.equal(((await json.json()) as { meeting: { status: string } }).meeting.status, 'PLANNED');
  });

  it('a cancel frees the slot, takes the event out, and Pipedrive follows', async () => {
    assert.ok((await activity()) !== undefined);
    assert.deepEqual(await change('cancel'), ok);
    const { status, slot } = await call();
    assert.deepEqual([status, slot], ['CANCELED', null]);
    await hermes.quiet();
    assert.equal(liveEvents(hermes).length, 0);
    assert.equal(
      [...hermes.pipedrive.activities.values()].filter(({ is_deleted: deleted }) => !deleted).length,
      0,
    );
    assert.deepEqual(await change('cancel'), ok);
    assert.deepEqual(await bookSales(hermes, { email: 'next@junes.com' }), ok);
  });

  it('a cancel holds while the calendar is away, and the event goes when it is back', async () => {
    hermes.google.faults.add({ kind: 'status', status: 503, method: 'DELETE', times: 2 });
    assert.deepEqual(await change('cancel'), ok);
    await eventually('the event is gone', () => liveEvents(hermes).length === 0);
    await eventually('the watch need not look for it', async () => {
      const held = await hermes.db('meeting').whereNotNull('calendar_synced_at').first('id');
      return held === undefined;
    });
  });

  it('a move takes the new slot, moves the event, and Pipedrive follows', async () => {
    assert.deepEqual(await change('reschedule', { meeting_dt: inDays(8, '09:00') }), ok);
    const moved = await call();
    assert.equal(moved.start_time.toISOString(), new Date(inDays(8, '09:00')).toISOString());
    const [event, ...others] = liveEvents(hermes);
    assert.equal(others.length, 0);
    assert.equal(event?.period.start.getTime(), moved.start_time.getTime());
    await hermes.quiet();
    assert.equal((await activity())?.due_date, inDays(8, '09:00').slice(0, 10));
    await only(hermes, 'meeting');
    assert.deepEqual(await bookSales(hermes, { email: 'next@junes.com' }), ok);
    const again = await bookSales(hermes, { email: 'third@junes.com', meeting_dt: inDays(8, '09:00') });
    assert.equal(again.status, 400);
  });

  it('a move by half an hour is not hindered by the call itself', async () => {
    assert.deepEqual(await change('reschedule', { meeting_dt: inDays(7, '14:15') }), ok);
    assert.equal((await call()).start_time.toISOString(), new Date(inDays(7, '14:15')).toISOString());
    await only(hermes, 'meeting');
  });

  it('a call is moved and cancelled where its event stands, also when its admin has another e-mail since', async () => {
    await hermes.db('admin').where({ id: 1 }).update({ username: 'sol@acme.example' });
    assert.deepEqual(await change('reschedule', { meeting_dt: inDays(8, '09:00') }), ok);
    assert.equal(liveEvents(hermes)[0]?.period.start.getTime(), (await call()).start_time.getTime());
    assert.deepEqual(await change('cancel'), ok);
    await hermes.quiet();
    assert.equal(liveEvents(hermes).length, 0);
  });

  it('a move to a busy time leaves everything as it was', async () => {
    const before = await call();
    hermes.google.addBusy(sam, inDays(8, '09:00'), inDays(8, '10:00'));
    const answer = await change('reschedule', { meeting_dt: inDays(8, '10:00') });
    assert.deepEqual(answer, refusal(400, 'Admin is not free at this time.'));
    assert.deepEqual(await call(), before);
    await only(hermes, 'meeting');
  });

  it('a calendar that refuses the move leaves everything as it was', async () => {
    const before = await call();
    hermes.google.faults.add({ kind: 'status', status: 400, method: 'PATCH' });
    const answer = await change('reschedule', { meeting_dt: inDays(7, '14:15') });
    assert.equal(answer.status, 400);
    assert.deepEqual(await call(), before);
    assert.equal((await rows(hermes, 'meeting')).length, 1);
  });

  it('a move that the calendar made holds, though every answer to it is lost', async () => {
    hermes.google.faults.add({ kind: 'dropAfter', method: 'PATCH', times: Infinity });
    assert.deepEqual(await change('reschedule', { meeting_dt: inDays(8, '09:00') }), ok);
    assert.equal((await call()).start_time.toISOString(), new Date(inDays(8, '09:00')).toISOString());
  });

  it('a call that was cancelled, is over, or is not ours cannot be moved', async () => {
    const wrong = await change('reschedule', { s: 'wrong', meeting_dt: inDays(8, '09:00') });
    assert.deepEqual(wrong, refusal(403, 'Invalid signature'));
    for (const meeting_dt of ['soon', '9999-12-31T23:50:00Z']) {
      assert.equal((await change('reschedule', { meeting_dt })).status, 422, meeting_dt);
    }
    assert.equal((await change('reschedule', { meeting_dt: '2020-01-01T09:00:00Z' })).status, 400);
    await change('cancel');
    assert.equal((await change('reschedule', { meeting_dt: inDays(8, '09:00') })).status, 400);
    await hermes.db('meeting').update({ status: 'COMPLETED' });
    assert.equal((await change('cancel')).status, 400);
  });

  const moving = (): Promise<boolean> =>
    hermes
      .db('meeting')
      .whereNotNull('moves')
      .first('id')
      .then((row) => row !== undefined);
  const slowCalendar = (): void => {
    hermes.google.faults.add({ kind: 'latency', method: 'PATCH', delayMs: 1500 });
  };

  it('a double click moves the call once, and both clicks are told yes', async () => {
    slowCalendar();
    const meeting_dt = inDays(8, '09:00');
    const answers = await Promise.all([
      change('reschedule', { meeting_dt }),
      change('reschedule', { meeting_dt }),
    ]);
    assert.deepEqual(answers, [ok, ok]);
    assert.equal((await call()).start_time.toISOString(), new Date(meeting_dt).toISOString());
    await only(hermes, 'meeting');
  });

  it('two tabs move a call: the one that comes while it is moved is refused', async () => {
    slowCalendar();
    const first = change('reschedule', { meeting_dt: inDays(8, '09:00') });
    await eventually('the first move holds its slot', moving);
    const second = await change('reschedule', { meeting_dt: inDays(7, '14:15') });
    assert.equal(second.status, 400);
    assert.match(String(second.body['message']), /being moved/);
    assert.deepEqual(await first, ok);
    const { start_time: start } = await call();
    assert.equal(start.toISOString(), new Date(inDays(8, '09:00')).toISOString());
    assert.equal(liveEvents(hermes)[0]?.period.start.getTime(), start.getTime());
    await only(hermes, 'meeting');
  });

  it('a cancel while the call is moved holds, and the mover is told', async () => {
    slowCalendar();
    const move = change('reschedule', { meeting_dt: inDays(8, '09:00') });
    await eventually('the move holds its slot', moving);
    assert.deepEqual(await change('cancel'), ok);
    assert.deepEqual(await move, refusal(400, 'This call was cancelled.'));
    await hermes.quiet();
    assert.equal(liveEvents(hermes).length, 0);
    assert.equal((await only<{ slot: string | null }>(hermes, 'meeting')).slot, null);
  });
});
