import assert from 'node:assert/strict';
import type { Listening } from '../../../sandbox/common/listen.ts';
import { clientEvent, exampleClient, signBody, type Tc2Event } from '../../../sandbox/tc2/events.ts';
import { createTc2Sandbox, type Tc2Sandbox } from '../../../sandbox/tc2/index.ts';
import { startReceiver, type Received } from './receiver.ts';

const key = 'tc2-test-key';

const eventsOf = (received: readonly Received[]): Tc2Event[] =>
  received.flatMap(({ body }) => (JSON.parse(body.toString()) as { events: Tc2Event[] }).events);

describe('sandbox TC2: webhooks', () => {
  let sandbox: Tc2Sandbox;
  let peer: Listening;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;

  const start = async (...statuses: number[]): Promise<void> => {
    receiver = await startReceiver(...statuses);
    sandbox = createTc2Sandbox({
      settings: { apiKey: key, retryScale: 0.0001, webhook: { url: receiver.url } },
      clients: [exampleClient],
    });
    peer = await sandbox.listen();
  };
  afterEach(async () => {
    await peer.close();
    await receiver.close();
  });

  it('signs what it sends and says who it is', async () => {
    await start(200);
    const delivery = await sandbox.send(clientEvent(exampleClient));
    assert.equal(delivery.outcome, 'delivered');
    const [received] = receiver.received;
    assert.ok(received);
    assert.equal(received.headers['user-agent'], 'TutorCruncher');
    assert.equal(received.headers['content-type'], 'application/json');
    assert.equal(received.headers['webhook-signature'], signBody(received.body, key));
    assert.match(received.body.toString(), /"request_time": \d+\}$/);
  });

  it('repeats 429, 5xx and broken connections with the same bytes, up to four times', async () => {
    await start(503, 429, 0, 204);
    const delivery = await sandbox.send(clientEvent(exampleClient));
    assert.equal(delivery.outcome, 'delivered');
    assert.deepEqual(
      delivery.attempts.map(({ status }) => status),
      [503, 429, undefined, 204],
    );
    assert.equal(new Set(receiver.received.map(({ body }) => body.toString())).size, 1);
    await receiver.close();
    const lost = await sandbox.send(clientEvent(exampleClient));
    assert.equal(lost.outcome, 'exhausted');
    assert.equal(lost.attempts.length, 5);
  });

  for (const status of [400, 403, 302, 206]) {
    it(`does not repeat ${status}, nor take it for success`, async () => {
      await start(status);
      const delivery = await sandbox.send(clientEvent(exampleClient));
      assert.equal(delivery.outcome, 'refused');
      assert.equal(receiver.received.length, 1);
    });
  }

  it('turns a failing endpoint off when the rule is on', async () => {
    await start(400);
    sandbox.settings.switchOffRule = true;
    for (let count = 0; count < 10; count += 1) await sandbox.send(clientEvent(exampleClient));
    assert.equal(sandbox.sender.isActive, false);
    assert.equal((await sandbox.send(clientEvent(exampleClient))).outcome, 'disabled');
    assert.equal(receiver.received.length, 10);
  });

  it('sends duplicates, to another address or with another key when told so', async () => {
    await start(200);
    await sandbox.send(clientEvent(exampleClient), { url: `${receiver.url}x`, key: 'other', times: 3 });
    assert.equal(receiver.received.length, 3);
    for (const { path, headers, body } of receiver.received) {
      assert.equal(path, '/tc2/callback/x');
      assert.equal(headers['webhook-signature'], signBody(body, 'other'));
    }
  });

  it('sends CREATED and EDITED of a new client, one event per request', async () => {
    await start(200);
    const client = sandbox.createClient({ meta_agency: { name: 'Quay Tutors' } });
    await sandbox.settled();
    assert.equal(receiver.received.length, 2);
    const events = eventsOf(receiver.received);
    assert.deepEqual(events.map(({ action }) => action).sort(), ['CREATED_A_CLIENT', 'EDITED_A_CLIENT']);
    assert.ok(events.every(({ subject }) => subject.id === client.id));
    assert.notEqual(client.id, exampleClient.id);
  });

  it('sends what changed, was deleted, recovered and paid', async () => {
    await start(200);
    sandbox.changeClient(70412, { meta_agency: { status: 'active' }, extra_attrs: { utm_source: 'Bing' } });
    await sandbox.settled();
    sandbox.changeClient(70412, {}, 'AGREE_TERMS');
    await sandbox.settled();
    sandbox.invoicePaid(70412);
    await sandbox.settled();
    sandbox.deleteClient(70412);
    await sandbox.settled();
    sandbox.recoverClient(70412);
    await sandbox.settled();
    sandbox.resendAll();
    await sandbox.settled();
    const events = eventsOf(receiver.received);
    assert.deepEqual(
      events.map(({ action }) => action),
      [
        'EDITED_A_CLIENT',
        'AGREE_TERMS',
        'CLIENT_PAID_INVOICE',
        'DELETED_A_CLIENT',
        'RECOVERED_A_CLIENT',
        'EDITED_A_CLIENT',
      ],
    );
    const agency = events.at(-1)?.subject['meta_agency'] as { status: string; paid_invoice_count: number };
    assert.equal(agency.status, 'active');
    assert.equal(agency.paid_invoice_count, 1);
  });

  it('echoes a change made over the REST API, unless switched off', async () => {
    await start(200);
    const write = (): Promise<Response> =>
      fetch(`${peer.url}/api/clients/70412/`, {
        method: 'POST',
        body: JSON.stringify({ extra_attrs: { pipedrive_id: 20 } }),
        headers: { authorization: `token ${key}`, 'content-type': 'application/json' },
      });
    await write();
    await sandbox.settled();
    assert.deepEqual(
      eventsOf(receiver.received).map(({ action }) => action),
      ['EDITED_A_CLIENT'],
    );
    sandbox.settings.echoWriteBack = false;
    await write();
    await sandbox.settled();
    assert.equal(receiver.received.length, 1);
  });

  it('sends public profiles to an extension of the address', async () => {
    await start(200);
    await sandbox.sendPublicProfile('contractor/');
    assert.equal(receiver.received[0]?.path, '/tc2/callback/contractor/');
  });

  it('is steered over HTTP', async () => {
    await start(200);
    const desk = async (method: string, path: string, body?: unknown): Promise<Response> =>
      fetch(`${peer.url}/_sandbox${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
    const made = (await (
      await desk('POST', '/clients', { meta_agency: { name: 'Quay Tutors' } })
    ).json()) as {
      id: number;
    };
    assert.equal(
      (await desk('PATCH', `/clients/${made.id}`, { patch: { meta_agency: { status: 'active' } } })).status,
      200,
    );
    assert.equal((await desk('POST', `/clients/${made.id}/invoice-paid`)).status, 200);
    assert.equal((await desk('DELETE', `/clients/${made.id}`)).status, 204);
    assert.equal((await desk('POST', `/clients/${made.id}/recover`)).status, 200);
    assert.equal((await desk('PATCH', '/clients/1', {})).status, 404);
    assert.equal((await desk('PATCH', '/settings', { shape: 'V2' })).status, 200);
    assert.equal((await desk('PATCH', '/settings', { shape: 'V3' })).status, 422);
    const sent = (await (
      await desk('POST', '/events', { events: [clientEvent(exampleClient)], times: 2 })
    ).json()) as { outcome: string };
    assert.equal(sent.outcome, 'delivered');
    await sandbox.settled();
    assert.equal(receiver.received.length, 8);
    const listed = (await (await desk('GET', '/deliveries')).json()) as { deliveries: unknown[] };
    assert.equal(listed.deliveries.length, 8);
  });
});
