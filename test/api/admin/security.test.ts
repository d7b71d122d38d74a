import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { hashPassword } from '../../../api/admin/passwords.ts';
import { contentsOf } from '../../support/contents.ts';
import { sendRaw } from '../../support/rawHttp.ts';
import { openDoor, type Door } from '../callbooker/support.ts';
import { visitor, type Visitor } from './browser.ts';

const password = 'correct horse battery';
const script = '"><script>alert(1)</script>\'';

/** The routes as api/admin/app.ts declares them, so that a new one is held to the same rules without being named here. */
const declaredRoutes = async (method: 'get' | 'post'): Promise<string[]> => {
  const source = await readFile(new URL('../../../api/admin/app.ts', import.meta.url), 'utf8');
  const paths = [...source.matchAll(new RegExp(`router\\.${method}\\(\\s*'([^']+)'`, 'g'))].map(
    ([, path]) => path,
  );
  assert.ok(paths.length >= 10);
  return paths.map((path) => `/admin${(path ?? '').replaceAll(/:\w+/g, '1')}`);
};

describe('api/admin against people who mean harm', () => {
  let door: Door;
  let boss: Visitor;
  before(async () => {
    door = await openDoor({ settings: { PD_API_KEY: 'key', PD_BASE_URL: 'http://127.0.0.1:1' } });
    await door.db('operator').insert({
      email: 'boss@acme.example',
      name: script,
      role: 'configure',
      password_hash: await hashPassword(password),
    });
    await door.db('company').insert({ id: 1, name: script, website: 'javascript:alert(1)' });
    await door
      .db('contact')
      .insert({ id: 1, company_id: 1, first_name: script, last_name: script, email: 'a@b.example' });
    await door
      .db('admin')
      .insert({ id: 1, first_name: script, last_name: script, username: 'a@acme.example' });
    await door.db('pipeline').insert({ id: 1, pd_pipeline_id: 1, name: script });
    await door.db('stage').insert({ pd_stage_id: 1, name: script });
    await door.db('webhook').insert({
      id: 1,
      source: 'tc2',
      dedupe_key: '1',
      type: 'TcClientUpdated',
      subject: script,
      summary: script,
      body: Buffer.from(JSON.stringify({ name: script })),
      body_hash: Buffer.alloc(32),
      content_hash: Buffer.alloc(32),
      workflow_id: script,
      outcome: 'failed',
      reason: script,
      company_id: 1,
    });
    await door.db('field_change').insert({
      entity: 'company',
      record_id: 1,
      company_id: 1,
      source: 'tc2',
      webhook_id: 1,
      changes: JSON.stringify({ [script]: { before: script, after: script } }),
    });
    await door.db('api_call').insert({
      company_id: 1,
      system: 'pipedrive',
      method: 'POST',
      endpoint: '/api/v2/persons',
      status: 400,
      failure: script,
      duration_ms: 1,
      request_body: JSON.stringify({ name: script }),
      response_body: JSON.stringify({ error: script }),
    });
    boss = visitor(door.url);
    assert.equal((await boss.login('boss@acme.example', password)).status, 303);
    await boss.get('/admin/overview');
  });
  after(() => door.stop());

  it('shows nothing but the login to a stranger, on every route', async () => {
    const untouched = await contentsOf(door.db);
    const stranger = visitor(door.url);
    const open = new Set(['/admin/style.css', '/admin/login', '/admin/logout']);
    for (const path of await declaredRoutes('get')) {
      if (!open.has(path)) assert.equal((await stranger.get(path)).status, 401, path);
    }
    for (const path of await declaredRoutes('post')) {
      if (!open.has(path)) assert.equal((await stranger.post(path)).status, 401, path);
    }
    assert.deepEqual(await contentsOf(door.db), untouched);
  });

  it('takes no form of another page, on any route, and does nothing by GET', async () => {
    const untouched = await contentsOf(door.db);
    for (const path of await declaredRoutes('post')) {
      for (const fields of [{}, { csrf: '' }, { csrf: 'x'.repeat(32) }, { csrf: ['', 'x'] }] as Record<
        string,
        string
      >[]) {
        assert.equal((await boss.postRaw(path, { confirm: 'yes', ...fields })).status, 403, path);
      }
    }
    for (const path of await declaredRoutes('get')) await boss.get(path);
    assert.deepEqual(await contentsOf(door.db), untouched);
  });

  it('shows markup as text, on every page', async () => {
    for (const path of [
      ...(await declaredRoutes('get')),
      `/admin/companies?q=${encodeURIComponent(script)}`,
    ]) {
      const { html, headers } = await boss.get(path);
      if (!/html/.test(headers.get('content-type') ?? '')) continue;
      assert.doesNotMatch(html, /<script|href="javascript:|<[^>]* on[a-z]+=/i, path);
      assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none';/, path);
      assert.equal(headers.get('cache-control'), 'no-store', path);
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
      assert.equal(headers.get('referrer-policy'), 'no-referrer', path);
    }
  });

  it('answers odd values in queries, forms and hosts with a page, never with a fault', async () => {
    const odd = ['\0', 'a\0b', '\ud800', "'; drop table operator; --", '%', '__proto__', '9'.repeat(30), '['];
    const names = [
      'q',
      'source',
      'type',
      'outcome',
      'subject',
      'company',
      'reason',
      'text',
      'from',
      'to',
      'before',
    ];
    for (const value of odd) {
      const query = new URLSearchParams(names.map((name): [string, string] => [name, value])).toString();
      for (const path of await declaredRoutes('get')) {
        const { status } = await boss.get(`${path}?${query}&__proto__=1&q[]=1`);
        assert.ok(status < 500, `${path}?${query}: ${status}`);
      }
      const login = await visitor(door.url).login(value, value);
      assert.ok(login.status < 500, `login of ${JSON.stringify(value)}: ${login.status}`);
      const fields = { email: `${value}@acme.example`, name: value, role: value, password: value };
      for (const path of [
        '/admin/operators',
        '/admin/webhooks/replay',
        '/admin/configuration',
        '/admin/admins/new',
      ]) {
        const { status } = await boss.post(path, {
          ...fields,
          subject: value,
          username: value,
          min_start: value,
        });
        assert.ok(status < 500, `${path} with ${JSON.stringify(value)}: ${status}`);
      }
    }
    const cookie = [...boss.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const { port } = new URL(door.url);
    for (const host of ['', 'a b', ':', '[', 'evil.example', `127.0.0.1:${port}@evil.example`]) {
      const answer = await sendRaw(`${door.url}/admin/webhooks?subject=x`, {
        method: 'GET',
        headers: [
          ['host', host],
          ['cookie', cookie],
        ],
      });
      assert.ok(answer.status < 500, `host ${host}: ${answer.status}`);
      assert.doesNotMatch(answer.body, /evil\.example/);
    }
  });

  it('takes no session that a stranger made up, and lets none live for more than a week', async () => {
    const victim = visitor(door.url);
    await victim.get('/admin/login');
    victim.cookies.set('hermes_operator', 'chosen-by-the-attacker');
    victim.cookies.set('hermes_operator.sig', 'x');
    assert.equal((await victim.login('boss@acme.example', password)).status, 303);
    assert.notEqual(victim.cookies.get('hermes_operator'), 'chosen-by-the-attacker');
    assert.equal((await victim.get('/admin/overview')).status, 200);
    await door.db('operator_session').update({ created: door.db.raw("now() - interval '169 hours'") });
    assert.equal((await victim.get('/admin/overview')).status, 401);
  });
});
