import assert from 'node:assert/strict';
import type { Listening } from '../../../sandbox/common/listen.ts';
import { exampleClient } from '../../../sandbox/tc2/events.ts';
import { createTc2Sandbox, type Tc2Sandbox } from '../../../sandbox/tc2/index.ts';

const key = 'tc2-test-key';

describe('sandbox TC2: REST API', () => {
  let now = 0;
  let sandbox: Tc2Sandbox;
  let peer: Listening;

  beforeEach(async () => {
    now = 1_000_000;
    sandbox = createTc2Sandbox({ settings: { apiKey: key }, clients: [exampleClient], now: () => now });
    peer = await sandbox.listen();
  });
  afterEach(() => peer.close());

  const get = (path: string, authorization = `token ${key}`): Promise<Response> =>
    fetch(`${peer.url}${path}`, { headers: { authorization }, redirect: 'manual' });
  const post = (id: number, body: unknown, type = 'application/json'): Promise<Response> =>
    fetch(`${peer.url}/api/clients/${id}/`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { authorization: `token ${key}`, 'content-type': type },
    });
  const stored = () => sandbox.state.clients.get(70412)!;
  const attribute = (name: string): unknown =>
    stored().extra_attrs.find(({ machine_name: machineName }) => machineName === name)?.value;

  it('reads a client in V1 with the user nested, in V2 with its fields at top level', async () => {
    const v1 = (await (await get('/api/clients/70412/')).json()) as Record<string, unknown>;
    assert.deepEqual(v1, exampleClient);
    sandbox.settings.shape = 'V2';
    const v2 = (await (await get('/api/clients/70412/')).json()) as Record<string, unknown>;
    assert.equal(v2['user'], undefined);
    assert.equal(v2['email'], 'nell@harbour-tutors.example');
    assert.deepEqual(v2['meta_agency'], exampleClient.meta_agency);
  });

  it('refuses a missing and a wrong key', async () => {
    const none = await fetch(`${peer.url}/api/clients/70412/`);
    assert.equal(none.status, 401);
    const wrong = await get('/api/clients/70412/', 'token nonsense');
    assert.equal(wrong.status, 401);
    assert.deepEqual(await wrong.json(), { detail: 'Invalid token.' });
    sandbox.settings.badKeyStatus = 403;
    assert.equal((await get('/api/clients/70412/', 'Token nonsense')).status, 403);
    assert.equal((await get('/api/clients/70412/', `Bearer ${key}`)).status, 401);
  });

  it('asks for the trailing slash and knows nothing else', async () => {
    const bare = await get('/api/clients/70412');
    assert.equal(bare.status, 404);
    assert.match(bare.headers.get('content-type') ?? '', /html/);
    const unknown = await get('/api/clients/1/');
    assert.equal(unknown.status, 404);
    assert.deepEqual(await unknown.json(), { detail: 'Not found.' });
    const put = await fetch(`${peer.url}/api/clients/70412/`, {
      method: 'PUT',
      headers: { authorization: `token ${key}` },
    });
    assert.equal(put.status, 405);
    assert.deepEqual(await put.json(), { detail: 'Method "PUT" not allowed.' });
  });

  it('lists newest first, 100 a page, with filters', async () => {
    for (let id = 1; id <= 120; id += 1) sandbox.createClient({ id, user: { last_name: `No ${id}` } });
    interface Page {
      count: number;
      next: string | null;
      previous: string | null;
      results: { id: number }[];
    }
    const first = (await (await get('/api/clients/')).json()) as Page;
    assert.equal(first.count, 121);
    assert.equal(first.results.length, 100);
    assert.equal(first.results[0]?.id, 70412);
    assert.equal(first.previous, null);
    assert.equal(first.next, `${peer.url}/api/clients/?page=2`);
    const second = (await (await get('/api/clients/?page=2')).json()) as Page;
    assert.equal(second.results.length, 21);
    assert.equal(second.next, null);
    assert.equal((await get('/api/clients/?page=3')).status, 404);
    const one = (await (await get('/api/clients/?user__last_name=No%207')).json()) as Page;
    assert.deepEqual(
      one.results.map(({ id }) => id),
      [7],
    );
    assert.deepEqual(Object.keys(one.results[0]!), ['id', 'first_name', 'last_name', 'email', 'url']);
  });

  it('takes extra_attrs as a dict, stores a list of objects, and leaves the others as they are', async () => {
    const answer = await post(70412, {
      extra_attrs: { pipedrive_url: 'https://acme.pipedrive.com/organization/20/', pipedrive_id: '20' },
    });
    assert.equal(answer.status, 200);
    const body = (await answer.json()) as typeof exampleClient;
    assert.equal(body.extra_attrs.length, exampleClient.extra_attrs.length + 2);
    assert.deepEqual(body.extra_attrs.at(-1), {
      id: 15,
      machine_name: 'pipedrive_id',
      name: 'Pipedrive id',
      type: 'Number',
      value: 20,
    });
    assert.equal(attribute('utm_source'), 'Google');
    await post(70412, { extra_attrs: { pipedrive_url: '' } });
    assert.equal(attribute('pipedrive_url'), undefined);
    assert.equal(attribute('pipedrive_id'), 20);
    sandbox.settings.dropUnsentExtraAttrs = true;
    await post(70412, { extra_attrs: { pipedrive_id: 21 } });
    assert.equal(stored().extra_attrs.length, 1);
  });

  it('refuses what it does not know, whole and in the shape of the framework', async () => {
    const refused = async (body: unknown): Promise<unknown> => {
      const answer = await post(70412, body);
      assert.equal(answer.status, 400);
      return answer.json();
    };
    assert.deepEqual(await refused({ extra_attrs: { pipedrive_url: 'x', nonsense: 'y' } }), {
      extra_attrs: { nonsense: ['Custom field with this machine name does not exist.'] },
    });
    assert.equal(attribute('pipedrive_url'), undefined);
    assert.deepEqual(await refused({ extra_attrs: [] }), {
      extra_attrs: ['Expected a dictionary of items but got type "list".'],
    });
    assert.deepEqual(
      await refused({ extra_attrs: { termination_category: "Doesn't suit business model" } }),
      {
        extra_attrs: { termination_category: ['"Doesn\'t suit business model" is not a valid choice.'] },
      },
    );
    assert.deepEqual(await refused({ extra_attrs: { pipedrive_id: 'twenty' } }), {
      extra_attrs: { pipedrive_id: ['A valid number is required.'] },
    });
    assert.deepEqual(await refused({ meta_agency: null, colour: 'red', user: { email: 'x', shoe: '' } }), {
      meta_agency: ['This field is read-only.'],
      colour: ['Unknown field.'],
      user: { email: ['Enter a valid email address.'], shoe: ['Unknown field.'] },
    });
    assert.deepEqual(await refused({ sales_person: { id: 64 } }), {
      sales_person: ['Incorrect type. Expected pk value, received dict.'],
    });
    assert.deepEqual(await refused({ sales_person: 5 }), {
      sales_person: ['Invalid pk "5" - object does not exist.'],
    });
    assert.deepEqual(await refused([]), {
      non_field_errors: ['Invalid data. Expected a dictionary, but got list.'],
    });
    assert.match(((await refused('{"a":')) as { detail: string }).detail, /^JSON parse error - /);
    assert.equal((await post(70412, '{}', 'text/plain')).status, 415);
    assert.deepEqual(stored(), exampleClient);
  });

  it('takes administrators by id, and records the welcome mail', async () => {
    await post(70412, { bdr_person: 77, sales_person: null, send_emails: true });
    assert.equal(stored().bdr_person?.last_name, 'Support');
    assert.equal(stored().sales_person, null);
    assert.deepEqual(sandbox.state.welcomeEmails, [70412]);
  });

  it('allows 100 requests a minute and says when the next one may come', async () => {
    sandbox.settings.rateLimit = { requests: 3, seconds: 60 };
    for (let count = 0; count < 3; count += 1) {
      assert.equal((await get('/api/clients/70412/')).status, 200);
      now += 10_000;
    }
    const throttled = await get('/api/clients/70412/');
    assert.equal(throttled.status, 429);
    assert.equal(throttled.headers.get('retry-after'), '30');
    assert.deepEqual(await throttled.json(), {
      detail: 'Request was throttled. Expected available in 30 seconds.',
    });
    now += 30_001;
    assert.equal((await get('/api/clients/70412/')).status, 200);
    assert.equal((await get('/api/clients/70412/')).status, 429);
  });

  it('moves a deleted client to the trash, from where it can come back', async () => {
    const answer = await fetch(`${peer.url}/api/clients/70412/`, {
      method: 'DELETE',
      headers: { authorization: `token ${key}` },
    });
    assert.deepEqual(await answer.json(), { message: 'Successfully deleted role 70412: Nell Harbour' });
    assert.equal((await get('/api/clients/70412/')).status, 404);
    sandbox.recoverClient(70412);
    assert.equal((await get('/api/clients/70412/')).status, 200);
  });

  it('shows its clients to people, unlogged, with what visitors typed escaped', async () => {
    sandbox.changeClient(70412, { meta_agency: { name: '<b>Harbour</b>' } });
    const page = await (await fetch(`${peer.url}/clients/70412/`)).text();
    assert.match(page, /&lt;b&gt;Harbour/);
    assert.doesNotMatch(page, /<b>Harbour/);
    assert.match(await (await fetch(peer.url)).text(), /70412/);
    assert.equal(sandbox.requests.entries.length, 0);
  });
});
