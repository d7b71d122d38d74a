import assert from 'node:assert/strict';
import { saveOperator, type OperatorRole } from '../../../api/admin/operators.ts';
import { hashPassword } from '../../../api/admin/passwords.ts';
import { openDoor, type Door } from '../callbooker/support.ts';
import { untilLockIsAwaited } from '../../support/locks.ts';
import { visitor, type Visitor } from './browser.ts';

const password = 'correct horse battery';
const secrets = {
  TC2_API_KEY: 'tc2-key-that-is-secret',
  PD_API_KEY: 'pd-key-that-is-secret',
  PD_WEBHOOK_PASSWORD: 'webhook-password-that-is-secret',
  SIGNING_KEY: 'signing-key-that-is-secret',
};

describe('api/admin', () => {
  let door: Door;
  let secured: Door;
  let hash: string;
  before(async () => {
    hash = await hashPassword(password);
    [door, secured] = await Promise.all([
      openDoor({ settings: { ...secrets, PD_BASE_URL: 'http://127.0.0.1:1' } }),
      openDoor({ settings: { BASE_URL: 'https://hermes.example' } }),
    ]);
  });
  after(() => Promise.all([door.stop(), secured.stop()]));
  beforeEach(async () => {
    await door.db.raw(
      'truncate operator, operator_session, operator_audit, webhook, company, admin, pipeline, stage, config, field_change, api_call restart identity cascade',
    );
    await door.db('operator').insert(
      ['read', 'operate', 'configure'].map((role) => ({
        email: `${role}@acme.example`,
        name: `Olive ${role}`,
        role,
        password_hash: hash,
      })),
    );
  });

  const as = async (role: OperatorRole): Promise<Visitor> => {
    const somebody = visitor(door.url);
    assert.equal((await somebody.login(`${role}@acme.example`, password)).status, 303);
    // Also fetches the token of the session.
    assert.equal((await somebody.get('/admin/companies')).status, 200);
    return somebody;
  };

  const pages = [
    '/admin',
    '/admin/',
    '/admin/overview',
    '/admin/webhooks',
    '/admin/failures',
    '/admin/companies',
    '/admin/admins',
    '/admin/pipelines',
    '/admin/configuration',
    '/admin/fields',
  ];

  describe('login', () => {
    it('ADM-01: the login page answers 200, an admin page 401, and what does not exist too', async () => {
      const stranger = visitor(door.url);
      const page = await stranger.get('/admin/login');
      assert.equal(page.status, 200);
      assert.match(page.html, /<form[^>]*action="\/admin\/login"/);
      for (const path of [...pages, '/admin/operators', '/admin/webhooks/1', '/admin/no-such-page']) {
        const answer = await stranger.get(path);
        assert.equal(answer.status, 401, path);
        assert.match(answer.html, /name="password"/);
        assert.doesNotMatch(answer.html, /<nav/);
      }
      for (const path of ['/admin/webhooks/1/replay', '/admin/configuration', '/admin/operators']) {
        assert.equal((await stranger.post(path)).status, 401, path);
      }
      // A scan of the pages leaves nothing in the database.
      assert.equal((await door.db('operator_session').select('*')).length, 0);
    });

    it('ADM-02: passwords are stored hashed; a wrong one is 401; the right one 303, and the name is on the page', async () => {
      const [row] = (await door.db('operator').select('password_hash')) as { password_hash: string }[];
      assert.match(row?.password_hash ?? '', /^scrypt\$32768\$8\$1\$[^$]+\$[^$]+$/);
      assert.ok(!row?.password_hash.includes(password));

      const somebody = visitor(door.url);
      const wrong = await somebody.login('configure@acme.example', 'wrong');
      assert.equal(wrong.status, 401);
      assert.match(wrong.html, /E-mail or password is wrong/);
      const unknown = await somebody.login('nobody@acme.example', password);
      assert.equal(unknown.status, 401);
      assert.match(unknown.html, /E-mail or password is wrong/);
      assert.equal((await somebody.get('/admin/overview')).status, 401);

      const right = await somebody.login('Configure@ACME.example', password);
      assert.equal(right.status, 303);
      assert.equal(right.headers.get('location'), '/admin/overview');
      const page = await somebody.get('/admin/overview');
      assert.equal(page.status, 200);
      assert.match(page.html, /Olive configure/);
    });

    it('keeps the session in a cookie that scripts and other sites cannot use, and its key only as a hash', async () => {
      const somebody = visitor(door.url);
      await somebody.login('read@acme.example', password);
      const [cookie = ''] = somebody.setCookies().filter((line) => line.startsWith('hermes_operator='));
      assert.match(cookie, /; path=\/admin;.*; httponly/i);
      assert.match(cookie, /samesite=lax/i);
      assert.doesNotMatch(cookie, /; secure/i);
      const rows = (await door.db('operator_session').select('*')) as { key_hash: Buffer; data: unknown }[];
      assert.equal(rows.length, 1);
      const key = somebody.cookies.get('hermes_operator') ?? '';
      assert.ok(!JSON.stringify(rows).includes(key));
      assert.equal(rows[0]?.key_hash.length, 32);

      // Behind a proxy that ends TLS.
      await saveOperator(secured.db, { email: 'a@acme.example', name: 'A', role: 'read', password });
      const outside = visitor(secured.url);
      assert.equal((await outside.login('a@acme.example', password)).status, 303);
      assert.ok(outside.setCookies().some((line) => /^hermes_operator=.*; secure/i.test(line)));
    });

    it('gives the session a new key at login', async () => {
      const somebody = await as('read');
      const before = somebody.cookies.get('hermes_operator');
      assert.equal(
        (await somebody.post('/admin/login', { email: 'configure@acme.example', password })).status,
        303,
      );
      assert.notEqual(somebody.cookies.get('hermes_operator'), before);
      assert.match((await somebody.get('/admin/overview')).html, /Olive configure/);
    });

    it('takes a cookie that was changed, or whose session is gone, for none', async () => {
      const somebody = await as('read');
      const key = somebody.cookies.get('hermes_operator') ?? '';
      somebody.cookies.set('hermes_operator', `${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`);
      assert.equal((await somebody.get('/admin/overview')).status, 401);
      somebody.cookies.set('hermes_operator', key);
      await door.db('operator_session').update({ expires_at: new Date(0) });
      assert.equal((await somebody.get('/admin/overview')).status, 401);
    });

    it('ends the session at logout: its cookie opens nothing any more', async () => {
      const somebody = await as('read');
      const copy = visitor(door.url);
      for (const [name, value] of somebody.cookies) copy.cookies.set(name, value);
      const answer = await somebody.post('/admin/logout');
      assert.equal(answer.status, 303);
      assert.equal(answer.headers.get('location'), '/admin/login');
      assert.equal((await somebody.get('/admin/overview')).status, 401);
      assert.equal((await copy.get('/admin/overview')).status, 401);
      assert.equal((await door.db('operator_session').select('*')).length, 0);
    });

    it('throttles guesses at an account, also those that arrive together', async () => {
      const guesses = await Promise.all(
        Array.from({ length: 12 }, () => visitor(door.url).login('operate@acme.example', 'guess')),
      );
      const refused = guesses.filter(({ status }) => status === 429);
      assert.equal(guesses.filter(({ status }) => status === 401).length, 5);
      assert.equal(refused.length, 7);
      for (const { headers, html } of refused) {
        assert.ok(Number(headers.get('retry-after')) > 0);
        assert.match(html, /Too many wrong passwords/);
      }
      // Even the right one waits, and works again after the lock.
      assert.equal((await visitor(door.url).login('operate@acme.example', password)).status, 429);
      await door.db('operator').update({ locked_until: new Date(0) });
      assert.equal((await visitor(door.url).login('operate@acme.example', password)).status, 303);
      const [row] = (await door
        .db('operator')
        .where({ email: 'operate@acme.example' })
        .select('failed_logins')) as {
        failed_logins: number;
      }[];
      assert.equal(row?.failed_logins, 0);
    });

    it('throttles an address that tries names that nobody has', async () => {
      const other = await openDoor();
      try {
        const answers = await Promise.all(
          Array.from({ length: 32 }, (_, index) =>
            visitor(other.url).login(`nobody${index}@acme.example`, 'guess'),
          ),
        );
        assert.equal(answers.filter(({ status }) => status === 429).length, 2);
      } finally {
        await other.stop();
      }
    });

    it('ends the sessions of an operator who gets a new password, or is deleted', async () => {
      const [reader, boss] = [await as('read'), await as('configure')];
      await boss.get('/admin/operators');
      const changed = await boss.post('/admin/operators', {
        email: 'read@acme.example',
        name: 'Olive',
        role: 'operate',
        password: 'another long password',
      });
      assert.equal(changed.status, 303);
      assert.equal((await reader.get('/admin/overview')).status, 401);
      assert.equal((await reader.login('read@acme.example', 'another long password')).status, 303);
      await boss.post('/admin/operators/1/delete');
      assert.equal((await reader.get('/admin/overview')).status, 401);
    });
  });

  describe('forms', () => {
    it('refuses a form without the token, with a wrong one, or with another session’s', async () => {
      const [boss, other] = [await as('configure'), await as('configure')];
      const fields = { name: 'Eve', email: 'eve@acme.example', role: 'configure', password };
      assert.equal((await boss.postRaw('/admin/operators', fields)).status, 403);
      assert.equal((await boss.postRaw('/admin/operators', { ...fields, csrf: 'x'.repeat(32) })).status, 403);
      const foreign =
        /name="csrf" value="([^"]+)"/.exec((await other.get('/admin/operators')).html)?.[1] ?? '';
      assert.equal((await boss.postRaw('/admin/operators', { ...fields, csrf: foreign })).status, 403);
      for (const path of [
        '/admin/logout',
        '/admin/webhooks/replay',
        '/admin/companies/1/sync',
        '/admin/configuration',
        '/admin/admins/new',
        '/admin/admins/1/delete',
        '/admin/pipelines/1',
        '/admin/operators/1/delete',
      ]) {
        assert.equal((await boss.postRaw(path, { csrf: 'wrong' })).status, 403, path);
      }
      assert.equal((await boss.get('/admin/overview')).status, 200);
      assert.equal((await door.db('operator').select('*')).length, 3);

      const stranger = visitor(door.url);
      const login = { email: 'configure@acme.example', password };
      assert.equal((await stranger.postRaw('/admin/login', login)).status, 403);
    });

    it('serves pages that may load nothing but their own style sheet, and are not kept', async () => {
      const page = await (await as('read')).get('/admin/overview');
      assert.equal(
        page.headers.get('content-security-policy'),
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      );
      assert.equal(page.headers.get('cache-control'), 'no-store');
      const style = await visitor(door.url).get('/admin/style.css');
      assert.equal(style.status, 200);
      assert.match(style.headers.get('content-type') ?? '', /text\/css/);
      assert.doesNotMatch(page.html, /<script| style="| on[a-z]+="/);
    });
  });

  describe('roles', () => {
    it('read looks, operate also acts, configure also changes', async () => {
      await door.db('company').insert({ id: 1, name: 'Harbour Tutors' });
      const needs: [string, OperatorRole][] = [
        ['/admin/webhooks/1/replay', 'operate'],
        ['/admin/webhooks/replay', 'operate'],
        ['/admin/companies/1/sync', 'operate'],
        ['/admin/configuration', 'configure'],
        ['/admin/admins/new', 'configure'],
        ['/admin/admins/1/delete', 'configure'],
        ['/admin/pipelines/1', 'configure'],
        ['/admin/operators', 'configure'],
        ['/admin/operators/1/delete', 'configure'],
      ];
      const order: OperatorRole[] = ['read', 'operate', 'configure'];
      for (const role of ['read', 'operate'] as const) {
        const somebody = await as(role);
        for (const [path, needed] of needs) {
          if (order.indexOf(role) >= order.indexOf(needed)) continue;
          const answer = await somebody.post(path, { confirm: 'yes' });
          assert.equal(answer.status, 403, `${role} ${path}`);
          assert.match(answer.html, /Your role is/);
        }
        assert.equal((await somebody.get('/admin/operators')).status, 403);
        const company = await somebody.get('/admin/companies/1');
        assert.equal(company.html.includes('Sync now'), role === 'operate');
      }
      const reader = await as('read');
      for (const path of pages) assert.equal((await reader.get(path)).status, 200, path);
    });

    it('answers an unknown page, record and odd id with 404 for operators', async () => {
      const somebody = await as('configure');
      for (const path of [
        '/admin/no-such-page',
        '/admin/webhooks/1',
        '/admin/webhooks/x',
        '/admin/webhooks/99999999999999999999',
        '/admin/companies/1',
        '/admin/companies/-1',
        '/admin/admins/1',
      ]) {
        const page = await somebody.get(path);
        assert.equal(page.status, 404, path);
        assert.match(page.html, /That did not work/);
      }
    });

    it('records who did what', async () => {
      const boss = await as('configure');
      await boss.post('/admin/configuration', { ...hours, min_start: '09:30' });
      const page = await boss.get('/admin/operators');
      assert.match(page.html, /configure@acme\.example<\/td><td>configured/);
      assert.match(page.html, /09:30/);
    });
  });

  const hours = {
    duration_mins: '30',
    buffer_mins: '15',
    min_start: '10:00',
    max_end: '17:30',
    payg: '',
    startup: '',
    enterprise: '',
  };
  const newAdmin = {
    first_name: 'Sam',
    last_name: 'Sales',
    username: 'sam@acme.example',
    timezone: 'Europe/Lisbon',
  };

  describe('configuration', () => {
    it('ADM-03: the list of admins shows their names', async () => {
      await door.db('admin').insert({ first_name: 'Sam', last_name: 'Sales', username: 'sam@acme.example' });
      assert.match((await (await as('read')).get('/admin/admins')).html, /Sam Sales/);
    });

    it('ADM-04: a new admin: time zone stored, no password, all flags false unless set', async () => {
      const boss = await as('configure');
      assert.doesNotMatch((await boss.get('/admin/admins/new')).html, /type="password"/);
      assert.equal((await boss.post('/admin/admins/new', newAdmin)).status, 303);
      const [row] = (await door.db('admin').select('*')) as Record<string, unknown>[];
      assert.equal(row?.['timezone'], 'Europe/Lisbon');
      assert.ok(!Object.keys(row ?? {}).some((column) => column.includes('password')));
      const flags = Object.entries(row ?? {}).filter(([column]) => /^(is_|sells_)/.test(column));
      assert.equal(flags.length, 12);
      assert.ok(flags.every(([, value]) => value === false));

      await boss.get('/admin/admins/new');
      await boss.post('/admin/admins/new', {
        ...newAdmin,
        username: 'sol@acme.example',
        tc2_admin_id: '65',
        roles: ['sales', 'support'],
        plans: ['payg'],
        regions: ['gb', 'eu'],
      });
      const sol = (await door.db('admin').where({ username: 'sol@acme.example' }).first('*')) as Record<
        string,
        unknown
      >;
      const set = Object.entries(sol)
        .filter(([, value]) => value === true)
        .map(([column]) => column);
      assert.deepEqual(set.toSorted(), [
        'is_sales_person',
        'is_support_person',
        'sells_eu',
        'sells_gb',
        'sells_payg',
      ]);
      assert.equal(sol['tc2_admin_id'], 65);
    });

    it('a form for a new admin that is sent twice makes one', async () => {
      const boss = await as('configure');
      await boss.get('/admin/admins/new');
      const clicks = [boss.post('/admin/admins/new', newAdmin), boss.post('/admin/admins/new', newAdmin)];
      assert.ok((await Promise.all(clicks)).some(({ status }) => status === 303));
      const username = newAdmin.username.toUpperCase();
      const again = await boss.post('/admin/admins/new', { ...newAdmin, username });
      assert.equal(again.status, 422);
      assert.match(again.html, /Admin 1 has this e-mail already/);
      assert.equal((await door.db('admin').select('id')).length, 1);
      await door.db('admin').insert({ username: 'sol@acme.example' });
      const shared = await boss.post('/admin/admins/2', { ...newAdmin, step: 'review' });
      assert.match(shared.html, /username: is also admin 1.*one calendar/);
    });

    it('two new admins that are saved at the same moment do not become one', async () => {
      const boss = await as('configure');
      await boss.get('/admin/admins/new');
      const lock = await door.db.transaction();
      await lock.raw('lock table admin in share row exclusive mode');
      const sol = { ...newAdmin, first_name: 'Sol', username: 'sol@acme.example' };
      const saved = [newAdmin, sol].map((form) => boss.post('/admin/admins/new', form));
      await untilLockIsAwaited(door.db, 2);
      await lock.commit();
      const answers = await Promise.all(saved);
      const refused = answers.find(({ status }) => status === 422);
      assert.ok(answers.some(({ status }) => status === 303));
      assert.match(refused?.html ?? '', /Another admin was added in this very moment/);
      assert.equal((await door.db('admin').select('id')).length, 1);
    });

    it('ADM-05: an update is shown before it is saved, answers 303 and is stored; an emptied id is emptied', async () => {
      const boss = await as('configure');
      await door.db('admin').insert({ ...newAdmin, tc2_admin_id: 64, is_sales_person: true });
      const form = { ...newAdmin, timezone: 'Europe/Paris', tc2_admin_id: '', roles: 'support' };
      const review = await boss.post('/admin/admins/1', { ...form, step: 'review' });
      assert.equal(review.status, 200);
      assert.match(review.html, /Europe\/Lisbon.*Europe\/Paris/);
      const stored = () => door.db('admin').where({ id: 1 }).first('*') as Promise<Record<string, unknown>>;
      assert.equal((await stored())['timezone'], 'Europe/Lisbon');

      assert.equal((await boss.post('/admin/admins/1', form)).status, 303);
      const after = await stored();
      assert.deepEqual(
        [after['timezone'], after['tc2_admin_id'], after['is_sales_person'], after['is_support_person']],
        ['Europe/Paris', null, false, true],
      );
    });

    it('shows all faults and stores nothing', async () => {
      const boss = await as('configure');
      const answer = await boss.post('/admin/admins/new', {
        ...newAdmin,
        timezone: 'Mars/Olympus',
        tc2_admin_id: 'x',
      });
      assert.equal(answer.status, 422);
      assert.match(answer.html, /tc2_admin_id/);
      assert.equal((await door.db('admin').select('*')).length, 0);
      for (const change of [
        { min_start: '25:00' },
        { min_start: '18:00' },
        { duration_mins: '0' },
        { payg: '77' },
      ]) {
        assert.equal((await boss.post('/admin/configuration', { ...hours, ...change })).status, 422);
      }
      assert.equal((await door.db('config').select('*')).length, 0);
    });

    it('ADM-06: delete answers 303 and it is gone; the own account stays', async () => {
      const boss = await as('configure');
      await door.db('admin').insert(newAdmin);
      assert.equal((await boss.post('/admin/admins/1/delete')).status, 303);
      assert.equal((await door.db('admin').select('*')).length, 0);
      assert.equal((await boss.post('/admin/admins/1/delete')).status, 404);

      assert.equal((await boss.post('/admin/operators/3/delete')).status, 303);
      assert.match((await boss.get('/admin/operators')).html, /Your own account stays/);
      assert.equal((await boss.post('/admin/operators/1/delete')).status, 303);
      assert.deepEqual(await door.db('operator').orderBy('id').pluck('id'), [2, 3]);
      const demoted = await boss.post('/admin/operators', {
        email: 'configure@acme.example',
        name: 'Olive',
        role: 'read',
        password,
      });
      assert.equal(demoted.status, 422);
      assert.match(demoted.html, /Your own role stays/);
    });

    it('names the calls that are still to come before an admin is deleted, and a company’s calls with their admins', async () => {
      const boss = await as('configure');
      await door.db('admin').insert({ ...newAdmin, id: 1 });
      await door.db('company').insert({ id: 1, name: 'Harbour Tutors' });
      const call = { meeting_type: 'sales', admin_id: 1, company_id: 1 };
      await door.db('meeting').insert([
        { ...call, start_time: door.db.raw(`now() + interval '1 day'`) },
        { ...call, start_time: door.db.raw(`now() - interval '1 day'`) },
        { ...call, start_time: door.db.raw(`now() + interval '1 day'`), status: 'CANCELED' },
      ]);
      assert.match((await boss.get('/admin/admins')).html, /1 call is still to come: its event stays/);
      assert.match((await boss.get('/admin/companies/1')).html, /<th>With<\/th>[\s\S]*<td>Sam Sales<\/td>/);
    });

    it('ADM-07: the configuration page shows 17:30', async () => {
      assert.match((await (await as('read')).get('/admin/configuration')).html, /value="17:30"/);
    });

    it('ADM-08: meeting_min_start and the payg pipeline can be changed', async () => {
      const boss = await as('configure');
      await door.db('pipeline').insert({ id: 4, pd_pipeline_id: 1, name: 'PAYG' });
      const answer = await boss.post('/admin/configuration', { ...hours, min_start: '08:15', payg: '1' });
      assert.equal(answer.status, 303);
      const config = (await door.db('config').first('*')) as Record<string, unknown>;
      assert.deepEqual([config['meeting_min_start'], config['payg_pipeline_id']], ['08:15', 4]);
      const page = await boss.get('/admin/configuration');
      assert.match(page.html, /value="08:15"/);
      assert.match(page.html, /<option value="1" selected>PAYG/);
      const yaml = await boss.get('/admin/configuration.yaml');
      assert.match(yaml.headers.get('content-type') ?? '', /yaml/);
      assert.match(yaml.html, /min_start: "?08:15/);
    });

    it('shows the slots that meeting rules come to, before they are saved', async () => {
      const boss = await as('configure');
      const review = await boss.post('/admin/configuration', {
        ...hours,
        min_start: '09:00',
        max_end: '11:00',
        buffer_mins: '0',
        duration_mins: '60',
        step: 'review',
      });
      assert.equal(review.status, 200);
      assert.deepEqual(
        [...review.html.matchAll(/<li>([^<]+)<\/li>/g)].map(([, slot]) => slot),
        ['09:00 – 10:00', '10:00 – 11:00'],
      );
      assert.equal((await door.db('config').select('*')).length, 0);
      const none = await boss.post('/admin/configuration', {
        ...hours,
        duration_mins: '600',
        step: 'review',
      });
      assert.equal(none.status, 422);
      assert.match(none.html, /a meeting of 600 minutes does not fit/);
    });

    it('ADM-09: the list of pipelines', async () => {
      await door.db('pipeline').insert({ pd_pipeline_id: 1, name: 'PAYG' });
      assert.match((await (await as('read')).get('/admin/pipelines')).html, /value="PAYG"/);
    });

    it('ADM-10: a pipeline’s name, Pipedrive id and entry stage can be changed', async () => {
      const boss = await as('configure');
      await door.db('pipeline').insert([
        { id: 1, pd_pipeline_id: 1, name: 'PAYG' },
        { id: 2, pd_pipeline_id: 2, name: 'Startup' },
      ]);
      await door.db('stage').insert([
        { id: 5, pd_stage_id: 11, name: 'New', pipeline_id: 1 },
        { id: 6, pd_stage_id: 12, name: 'Other', pipeline_id: 2 },
      ]);
      const change = { name: 'Pay as you go', pd_pipeline_id: '9', dft_entry_stage_id: '5' };
      assert.equal((await boss.post('/admin/pipelines/1', change)).status, 303);
      const row = (await door.db('pipeline').where({ id: 1 }).first('*')) as Record<string, unknown>;
      assert.deepEqual(
        [row['name'], row['pd_pipeline_id'], row['dft_entry_stage_id']],
        ['Pay as you go', 9, 5],
      );
      for (const wrong of [
        { pd_pipeline_id: '2' },
        { dft_entry_stage_id: '6' },
        { name: ' ' },
        { pd_pipeline_id: 'x' },
      ]) {
        assert.equal((await boss.post('/admin/pipelines/1', { ...change, ...wrong })).status, 422);
      }
    });
  });

  describe('what is shown', () => {
    const webhookRow = (body: string) => ({
      source: 'tc2',
      dedupe_key: body,
      type: 'TcClientUpdated',
      subject: 'client-70412',
      summary: 'Client <b>70412</b> edited',
      body: Buffer.from(body),
      body_hash: Buffer.alloc(32),
      outcome: 'failed',
      reason: 'UnknownSalesPerson: <script>alert(1)</script>',
    });

    it('escapes whatever came from outside', async () => {
      const evil = '<script>alert("x")</script>';
      await door
        .db('company')
        .insert({ id: 1, name: evil, pipedrive_failed_version: 0, pipedrive_failure: evil });
      await door.db('contact').insert({ company_id: 1, first_name: evil, email: evil });
      await door.db('admin').insert({ first_name: evil, username: '"><img src=x>' });
      await door.db('pipeline').insert({ pd_pipeline_id: 1, name: '"><img src=x>' });
      await door.db('webhook').insert(webhookRow(JSON.stringify({ evil })));
      await door.db('field_change').insert({
        entity: 'company',
        record_id: 1,
        company_id: 1,
        source: 'tc2',
        webhook_id: 1,
        changes: JSON.stringify({ [evil]: { before: evil, after: evil } }),
      });
      const boss = await as('configure');
      for (const path of [
        ...pages,
        '/admin/webhooks/1',
        '/admin/companies/1',
        '/admin/admins/1',
        `/admin/companies?q=${encodeURIComponent('"><img src=x>')}`,
        `/admin/webhooks?reason=${encodeURIComponent('"><script>')}`,
      ]) {
        const { status, html } = await boss.get(path);
        assert.equal(status, 200, path);
        assert.doesNotMatch(html, /<script|<img/, path);
      }
      assert.match((await boss.get('/admin/companies/1')).html, /&lt;script&gt;/);
    });

    it('shows keys only as set or not set, and no secret of a payload', async () => {
      const body = {
        events: [{ subject: { id: 70_412, api_key: 'subject-secret', name: 'Harbour Tutors' } }],
        password: 'hunter-secret',
        note: `signed with ${secrets.TC2_API_KEY}`,
      };
      await door.db('company').insert({ id: 1, name: 'Harbour Tutors' });
      await door.db('webhook').insert(webhookRow(JSON.stringify(body)));
      await door.db('api_call').insert({
        system: 'pipedrive',
        method: 'POST',
        endpoint: '/api/v2/organizations',
        status: 400,
        failure: 'refused',
        duration_ms: 3,
        company_id: 1,
        request_body: JSON.stringify({ name: 'Harbour Tutors' }),
        response_body: JSON.stringify({ error: `bad token ${secrets.PD_API_KEY}`, token: 'answer-secret' }),
      });
      const boss = await as('configure');
      const html: string[] = [];
      for (const path of [
        ...pages,
        '/admin/webhooks/1',
        '/admin/companies/1',
        '/admin/operators',
        '/admin/configuration.yaml',
      ]) {
        html.push((await boss.get(path)).html);
      }
      const all = html.join('\n');
      for (const secret of [
        ...Object.values(secrets),
        'subject-secret',
        'hunter-secret',
        'answer-secret',
        'scrypt$',
      ]) {
        assert.ok(!all.includes(secret), secret);
      }
      assert.match(all, /Harbour Tutors/);
      assert.match(all, /bad token ••••••/);
      const configuration = (await boss.get('/admin/configuration')).html;
      assert.match(configuration, /<code>PD_API_KEY<\/code><\/td><td class="good">set/);
      assert.match(configuration, /<code>G_PRIVATE_KEY<\/code>/);
    });

    it('erases a person from a company’s page, only for whoever may configure', async () => {
      await door.db('company').insert({ id: 1, name: 'Harbour Tutors' });
      await door.db('contact').insert([
        { id: 1, company_id: 1, email: 'nell@harbour-tutors.example', pd_person_id: 30 },
        { id: 2, company_id: 1 },
      ]);
      const path = '/admin/companies/1/contacts/1/forget';
      assert.equal((await (await as('operate')).post(path)).status, 403);
      const boss = await as('configure');
      assert.equal((await boss.post('/admin/companies/1/contacts/2/forget')).status, 409);
      assert.equal((await boss.post('/admin/companies/2/contacts/1/forget')).status, 404);
      assert.equal((await boss.post(path)).status, 303);
      const page = (await boss.get('/admin/companies/1')).html;
      assert.match(page, /Pipedrive still holds person 30/);
      assert.doesNotMatch(page, /nell@/);
      assert.deepEqual(await door.db('contact').pluck('id'), [2]);
    });

    it('filters the inbox, pages through it, and groups failures by cause', async () => {
      const row = (index: number, change: Record<string, unknown>) => ({
        ...webhookRow(`{"n":${index}}`),
        ...change,
      });
      await door
        .db('webhook')
        .insert([
          ...Array.from({ length: 60 }, (_, index) => row(index, {})),
          row(60, { outcome: 'applied', reason: null, subject: 'client-1' }),
          row(61, { outcome: null, reason: null, source: 'pipedrive', type: 'PdPersonUpdated' }),
        ]);
      const somebody = await as('operate');
      const found = async (query: string): Promise<number> =>
        (
          (await somebody.get(`/admin/webhooks?${query}`)).html.match(
            /<tr><td><a href="\/admin\/webhooks\//g,
          ) ?? []
        ).length;
      assert.equal(await found(''), 50);
      assert.equal(await found('before=13'), 12);
      assert.equal(await found('outcome=failed&before=5'), 4);
      assert.equal(await found('outcome=waiting'), 1);
      assert.equal(await found('outcome=applied&subject=client-1'), 1);
      assert.equal(await found('source=pipedrive'), 1);
      assert.equal(await found('reason=unknownsales&company=&before=2'), 1);
      const failures = await somebody.get('/admin/failures');
      assert.match(failures.html, /<b>60<\/b> × TcClientUpdated/);
      assert.equal((failures.html.match(/<button>Replay 60</g) ?? []).length, 1);

      const asked = await somebody.post('/admin/webhooks/replay', {
        outcome: 'failed',
        type: 'TcClientUpdated',
      });
      assert.equal(asked.status, 200);
      assert.match(asked.html, /Replay 60 events\?/);
      const whole = await somebody.post('/admin/webhooks/replay', {});
      assert.equal(whole.status, 303);
      assert.match((await somebody.get('/admin/webhooks')).html, /whole inbox is never replayed/);
      const done = await somebody.post('/admin/webhooks/replay', {
        outcome: 'failed',
        type: 'TcClientUpdated',
        confirm: 'yes',
      });
      assert.equal(done.status, 303);
      assert.match((await somebody.get('/admin/webhooks')).html, /60 events are replayed/);
    });
  });
});
