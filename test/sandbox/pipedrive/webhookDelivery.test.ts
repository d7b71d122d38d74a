import assert from 'node:assert/strict';
import type { EventAction, EventObject } from '../../../sandbox/pipedrive/webhooks/registry.ts';
import { usePeer, useReceiver, type Json, type Received } from './support.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const code = 'a'.repeat(40);
const bdr = 'b'.repeat(40);
const empty = 'c'.repeat(40);

describe('sandbox/pipedrive: webhooks', () => {
  const { sandbox, call } = usePeer();
  const receiver = useReceiver();
  const { delivery, registry } = sandbox.webhooks;

  const register = (event_object: EventObject = '*', event_action: EventAction = '*') =>
    registry.add({
      subscription_url: receiver.url(),
      event_action,
      event_object,
      name: 'Hermes',
      user_id: 100,
      owner_id: 100,
      http_auth_user: null,
      http_auth_password: null,
    });
  const deliveries = () => delivery.deliveries;
  const bodies = async (): Promise<Received['body'][]> => {
    await delivery.idle();
    return receiver.received.map(({ body }) => body);
  };
  const customOf = (record: Json | null | undefined): Json => (record?.['custom_fields'] ?? {}) as Json;
  const fail = (status = 500): void => receiver.answer((response) => void response.writeHead(status).end());

  beforeEach(() =>
    sandbox.seed({
      fields: {
        organization: [
          { field_name: 'hermes_id', field_type: 'varchar', field_code: code },
          { field_name: 'bdr_person_id', field_type: 'user', field_code: bdr },
          { field_name: 'pay0_dt', field_type: 'date', field_code: empty },
        ],
      },
      organizations: [
        {
          id: 20,
          name: 'Harbor Tutors',
          custom_fields: { [code]: '42' },
          update_time: '2026-11-19T08:00:00Z',
        },
      ],
    }),
  );

  describe('payload', () => {
    it('of a change: full data in webhook shapes, previous only what changed', async () => {
      register();
      sandbox.app.update('organization', 20, { name: 'Harbour Tutors', custom_fields: { [bdr]: 101 } });
      const [event] = await bodies();
      assert.ok(event);
      const { meta, data, previous } = event;
      assert.deepEqual(previous, {
        name: 'Harbor Tutors',
        update_time: '2026-11-19T08:00:00Z',
        custom_fields: { [bdr]: null },
      });
      assert.equal(data?.['visible_to'], '3');
      assert.ok(!('is_deleted' in data));
      assert.deepEqual(data['custom_fields'], {
        [code]: { type: 'varchar', value: '42' },
        [bdr]: { type: 'user', id: 101 },
        [empty]: null,
      });
      assert.deepEqual(
        ['action', 'entity', 'entity_id', 'user_id', 'change_source', 'version', 'attempt', 'company_id'].map(
          (key) => meta[key],
        ),
        ['change', 'organization', '20', '101', 'app', '2.0', 1, '4000001'],
      );
      assert.match(String(meta['timestamp']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.deepEqual(meta['permitted_user_ids'], ['100', '101']);
      assert.equal(meta['host'], 'acme.pipedrive.com');
    });

    it('of a create has no previous, of a delete no data', async () => {
      register();
      const { id } = sandbox.app.create('person', { name: 'Nell Harbour', org_id: 20 });
      sandbox.app.delete('person', id);
      const [created, deleted] = (await bodies()).sort((a, b) =>
        String(a.meta['action']).localeCompare(String(b.meta['action'])),
      );
      assert.equal(created?.previous, null);
      assert.equal(created?.data?.['name'], 'Nell Harbour');
      assert.equal(deleted?.data, null);
      assert.deepEqual([deleted?.meta['entity_id'], deleted?.previous?.['id']], [String(id), id]);
    });

    it('of our own write says api and our user', async () => {
      register();
      await call('PATCH', '/organizations/20', { name: 'Harbour Tutors' });
      const [event] = await bodies();
      assert.deepEqual([event?.meta['change_source'], event?.meta['user_id']], ['api', '100']);
    });

    it('of pipelines, stages, deals and activities has their own keys', async () => {
      register();
      sandbox.app.update('pipeline', 1, { name: 'Pay as you go' });
      sandbox.app.update('stage', 11, { name: 'Lead in' });
      sandbox.app.create('deal', { title: 'Harbour Tutors', org_id: 20 });
      sandbox.app.create('activity', { subject: 'Call', type: 'meeting', due_time: '14:00' });
      const events = new Map((await bodies()).map((event) => [event.meta['entity'], event.data ?? {}]));
      const pick = (entity: string, ...keys: string[]) => keys.map((key) => events.get(entity)?.[key]);
      assert.deepEqual(pick('pipeline', 'name', 'active_flag', 'is_deleted'), [
        'Pay as you go',
        true,
        undefined,
      ]);
      assert.deepEqual(pick('stage', 'name', 'active_flag', 'rotten_flag'), ['Lead in', true, false]);
      assert.deepEqual(pick('deal', 'status', 'visible_to', 'origin'), ['open', '3', 'ManuallyCreated']);
      assert.deepEqual(pick('activity', 'due_time', 'duration', 'busy_flag', 'participants'), [
        { timezone_id: null, value: '14:00' },
        null,
        false,
        undefined,
      ]);
    });

    it('of a merge is two events', async () => {
      register();
      sandbox.seed({ organizations: [{ id: 21, name: 'Harbour', custom_fields: { [code]: '43' } }] });
      sandbox.app.merge('organization', 20, 21);
      const events = await bodies();
      const loser = events.find(({ meta }) => meta['action'] === 'delete');
      const winner = events.find(({ meta }) => meta['action'] === 'change');
      assert.equal(events.length, 2);
      assert.deepEqual([loser?.meta['entity_id'], loser?.meta['merged_to_id']], ['21', '20']);
      assert.equal(loser?.previous?.['name'], 'Harbour');
      assert.deepEqual([winner?.meta['entity_id'], winner?.meta['merged_from_id']], ['20', '21']);
      assert.deepEqual(customOf(winner?.data)[code], { type: 'varchar', value: '42, 43' });
      assert.deepEqual(customOf(winner?.previous)[code], { type: 'varchar', value: '42' });
    });

    it('of a bulk edit is one event per record', async () => {
      register();
      sandbox.seed({ organizations: [{ id: 21, name: 'Quay' }] });
      sandbox.app.bulkUpdate('organization', [20, 21], { owner_id: 101 });
      assert.deepEqual(
        (await bodies()).map(({ meta }) => meta['is_bulk_edit']),
        [true, true],
      );
    });

    it('of a write without a change holds at most update_time in previous', async () => {
      register();
      sandbox.app.update('organization', 20, { name: 'Harbor Tutors' });
      assert.deepEqual((await bodies())[0]?.previous, { update_time: '2026-11-19T08:00:00Z' });
      sandbox.settings.webhooks.emitUnchanged = false;
      sandbox.app.update('organization', 20, { name: 'Harbor Tutors' });
      assert.equal((await bodies()).length, 1);
    });
  });

  describe('delivery', () => {
    it('goes to the webhooks whose action and object match, twice to one registered twice', async () => {
      register('organization', 'change');
      register('organization', 'change');
      register('organization', 'delete');
      register('deal');
      sandbox.app.update('organization', 20, { name: 'Harbour Tutors' });
      const events = await bodies();
      assert.equal(events.length, 2);
      assert.notEqual(events[0]?.meta['webhook_id'], events[1]?.meta['webhook_id']);
    });

    it('carries Basic authentication when it was registered with it', async () => {
      const target = { subscription_url: receiver.url(), event_action: '*', event_object: 'organization' };
      const auth = { name: 'Hermes', http_auth_user: 'hermes', http_auth_password: 'secret' };
      await call('POST', '/api/v1/webhooks', { ...target, ...auth });
      sandbox.app.update('organization', 20, { name: 'Harbour Tutors' });
      await delivery.idle();
      const expected = `Basic ${Buffer.from('hermes:secret').toString('base64')}`;
      assert.equal(receiver.received[0]?.headers.authorization, expected);
    });

    it('is repeated three times with the same meta.id, then dropped', async () => {
      register();
      fail();
      sandbox.app.update('organization', 20, { name: 'Harbour Tutors' });
      await delivery.flush();
      const events = await bodies();
      assert.deepEqual(
        events.map(({ meta }) => meta['attempt']),
        [1, 2, 3, 4],
      );
      assert.equal(new Set(events.map(({ meta }) => meta['id'])).size, 1);
      assert.deepEqual(
        deliveries().map(({ state }) => state),
        ['dropped'],
      );
      assert.deepEqual(sandbox.settings.webhooks.retryDelaysMs, [3_000, 30_000, 150_000]);
    });

    it('counts any 2xx as a success, and a redirect as a failure', async () => {
      register();
      receiver.answer((response, count) => {
        if (count === 1) response.writeHead(302, { location: '/elsewhere' }).end();
        else response.writeHead(204).end();
      });
      sandbox.app.update('organization', 20, { name: 'Harbour Tutors' });
      await delivery.flush();
      const [only] = deliveries();
      assert.deepEqual(
        only?.attempts.map(({ status }) => status),
        [302, 204],
      );
      assert.equal(only.state, 'delivered');
    });

    it('gives up on a receiver that does not answer in time, and sends it again', async () => {
      register();
      sandbox.settings.webhooks.timeoutMs = 50;
      receiver.answer((response, count) => {
        if (count > 1) response.writeHead(200).end();
      });
      sandbox.app.update('organization', 20, { name: 'Harbour Tutors' });
      await delivery.flush();
      assert.deepEqual(
        deliveries()[0]?.attempts.map(({ status }) => status),
        [null, 200],
      );
    });

    it('stops for 30 minutes after ten failed first attempts; what happens meanwhile is lost', async () => {
      const webhook = register();
      fail();
      sandbox.settings.webhooks.retryDelaysMs = [];
      for (let count = 0; count < 10; count += 1) {
        sandbox.app.update('organization', 20, { name: `Harbour ${count}` });
        await delivery.idle();
      }
      assert.equal(receiver.received.length, 10);
      receiver.answer((response) => void response.writeHead(200).end());
      sandbox.app.update('organization', 20, { name: 'Lost' });
      await delivery.idle();
      assert.equal(deliveries().at(-1)?.state, 'lost');
      sandbox.advance(30 * minute);
      sandbox.app.update('organization', 20, { name: 'Harbour Tutors' });
      const events = await bodies();
      assert.equal(events.length, 11);
      assert.equal(events.at(-1)?.data?.['name'], 'Harbour Tutors');
      assert.equal(webhook.failures, 0);
    });

    it('removes a webhook that had no success for three days', async () => {
      const webhook = register();
      fail();
      sandbox.advance(3 * day + minute);
      sandbox.app.update('organization', 20, { name: 'Harbour Tutors' });
      await delivery.flush();
      assert.equal(registry.get(webhook.id), undefined);
    });

    it('can be held back, and let go in reverse and doubled', async () => {
      register();
      delivery.hold();
      sandbox.settings.webhooks.concurrency = 1;
      sandbox.app.update('organization', 20, { name: 'One' });
      sandbox.app.update('organization', 20, { name: 'Two' });
      assert.deepEqual(await bodies(), []);
      delivery.release({ order: 'reverse', copies: 2 });
      const events = await bodies();
      assert.deepEqual(
        events.map(({ data }) => data?.['name']),
        ['Two', 'Two', 'One', 'One'],
      );
      assert.equal(new Set(events.map(({ meta }) => meta['id'])).size, 2);
    });

    it('can be doubled, and repeated later', async () => {
      register();
      sandbox.settings.webhooks.duplicates = 1;
      sandbox.app.update('organization', 20, { name: 'Harbour Tutors' });
      assert.equal((await bodies()).length, 2);
      delivery.resend(deliveries()[0]?.id ?? '');
      const ids = (await bodies()).map(({ meta }) => meta['id']);
      assert.deepEqual([ids.length, new Set(ids).size], [3, 1]);
    });

    it('can be followed by a change of the system', async () => {
      register('person');
      sandbox.settings.webhooks.systemChangeAfterCreate = true;
      sandbox.app.create('person', { name: 'Nell Harbour' });
      assert.deepEqual(
        new Set((await bodies()).map(({ meta }) => meta['action'])),
        new Set(['create', 'change']),
      );
    });
  });
});
