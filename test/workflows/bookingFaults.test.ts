import assert from 'node:assert/strict';
import { lazyClient } from '../../temporal/connection.ts';
import { admin, openDoor } from '../api/callbooker/support.ts';
import { eventually, useHermes } from '../support/hermes.ts';
import { bookSales, inDays, liveEvents, ok, only, rows, salesBody, sam } from './bookingForm.ts';

describe('bookings while something is down', () => {
  const hermes = useHermes({ environment: { BOOKING_MAX_PER_EMAIL: '3' } });
  beforeEach(() => hermes.reset());
  afterEach(() => hermes.quiet());

  it('a calendar that cannot be asked: 400 that names the calendar event, visible on the run', async () => {
    const path = '/calendar/v3/freeBusy';
    hermes.google.faults.add({ kind: 'status', status: 500, path, times: Infinity });
    const answer = await bookSales(hermes, { email: 'one@junes.com' });
    assert.equal(answer.status, 400);
    assert.match(answer.body.message ?? '', /calendar event/);
    const { workflow_id: id } = await only<{ workflow_id: string }>(hermes, 'webhook');
    const run = await hermes.temporal.workflow.getHandle(id).describe();
    assert.deepEqual(run.searchAttributes['HermesFailure'], ['Transient']);
  });

  it('an insert that committed while every answer was lost: the event is taken out again', async () => {
    hermes.google.faults.add({
      kind: 'dropAfter',
      path: '/calendar/v3/calendars',
      method: 'POST',
      times: Infinity,
    });
    hermes.google.faults.add({
      kind: 'dropBefore',
      path: '/calendar/v3/calendars',
      method: 'GET',
      times: Infinity,
    });
    const answer = await bookSales(hermes, { email: 'two@junes.com' });
    assert.equal(answer.status, 400);
    assert.equal((await rows(hermes, 'meeting')).length, 0);
    await eventually('the event is removed', () => liveEvents(hermes).length === 0);
    hermes.google.faults.clear();
    assert.deepEqual(await bookSales(hermes, { email: 'two@junes.com' }), ok);
  });

  it('an insert that committed while its answer was lost, and was refused when repeated: the event is taken out', async () => {
    const inserts = { path: '/calendar/v3/calendars', method: 'POST' };
    hermes.google.faults.add({ kind: 'dropAfter', ...inserts });
    hermes.google.faults.add({ kind: 'status', status: 403, ...inserts });
    const answer = await bookSales(hermes, { email: 'lost@junes.com' });
    assert.equal(answer.status, 400);
    assert.equal(hermes.google.events(sam).length, 1);
    await eventually('the event is removed', () => liveEvents(hermes).length === 0);
  });

  it('more bookings than one e-mail may make are answered 429', async () => {
    const email = 'many@junes.com';
    for (const day of [7, 8, 9]) {
      assert.deepEqual(await bookSales(hermes, { email, meeting_dt: inDays(day, '14:00') }), ok);
    }
    const answer = await bookSales(hermes, { email, meeting_dt: inDays(10, '14:00') });
    assert.deepEqual([answer.status, answer.body.status], [429, 'error']);
  });

  it('with Temporal away the answer is 503 and nothing is half-stored', async function () {
    this.timeout(60_000);
    const away = lazyClient({ connectionOptions: { address: '127.0.0.1:1' }, namespace: 'default' });
    const door = await openDoor({ temporal: away.client });
    await door.db('admin').insert(admin(1));
    const { status, body } = await door.post('/callbooker/sales/book/', salesBody());
    assert.equal(status, 503);
    assert.equal((body as { status: string }).status, 'error');
    const [row] = await door.db('webhook').select<{ outcome: string }[]>('outcome');
    assert.equal(row?.outcome, 'refused');
    assert.equal(await door.db('company').first('id'), undefined);
    await door.stop();
    await away.close();
  });
});
