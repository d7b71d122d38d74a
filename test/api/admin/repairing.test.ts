/** What operators find and repair with: filters of the inbox, causes, calendars, and pages that say what is wrong. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { saveOperator } from '../../../api/admin/operators.ts';
import { admin, openDoor, sam, type Door } from '../callbooker/support.ts';
import { visitor, type Visitor } from './browser.ts';

const password = 'correct horse battery';

describe('api/admin, to find and repair', () => {
  let door: Door;
  let boss: Visitor;
  before(async () => {
    door = await openDoor({ settings: { PD_API_KEY: 'pd-key-that-is-secret' } });
    await saveOperator(door.db, { email: 'o@acme.example', name: 'Olive', role: 'configure', password });
    boss = visitor(door.url);
    assert.equal((await boss.login('o@acme.example', password)).status, 303);
  });
  after(() => door.stop());
  beforeEach(() => door.db.raw('truncate webhook, company, admin, api_window restart identity cascade'));

  const file = (body: string, change: Record<string, unknown> = {}): Promise<unknown> =>
    door.db('webhook').insert({
      source: 'tc2',
      dedupe_key: `test-${Math.random()}`,
      type: 'TcClientUpdated',
      subject: 'client-1',
      summary: 'TC2 client 1, EDITED_A_CLIENT',
      body: Buffer.from(body),
      body_hash: createHash('sha256').update(body).digest(),
      outcome: 'failed',
      reason: 'UnknownSalesPerson: the new client names TC2 admin 99',
      next_start_at: '2100-01-01',
      ...change,
    });
  const found = async (query: Record<string, string>): Promise<number[]> => {
    const { html } = await boss.get(`/admin/webhooks?${new URLSearchParams(query).toString()}`);
    return [...html.matchAll(/<tr><td><a href="\/admin\/webhooks\/(\d+)"/g)].map(([, id]) => Number(id));
  };

  it('finds webhooks by time', async () => {
    await file('{}', { received_at: '2026-11-01T10:00:00Z' });
    await file('{}', { received_at: '2026-11-01T11:00:00Z' });
    await file('{}', { received_at: '2026-11-02T10:00:00Z' });
    assert.deepEqual(await found({ from: '2026-11-01T10:30' }), [3, 2]);
    assert.deepEqual(await found({ from: '2026-11-01T10:00', until: '2026-11-02T10:00' }), [2, 1]);
    const odd = await boss.get('/admin/webhooks?from=yesterday');
    assert.equal(odd.status, 422);
    assert.match(odd.html, /“yesterday” is no date and time/);
  });

  it('finds webhooks by text in summary, subject and body, and nobody can feel for a masked secret', async () => {
    await file('{"user":{"email":"nell@harbour.example"},"password":"hunter2-hunter2"}');
    await file('{"api":"pd-key-that-is-secret","name":"Quay"}', { subject: 'client-22' });
    await file('', { body: null, envelope_id: 1, summary: 'TC2 client 3, of the same delivery' });
    assert.deepEqual(await found({ text: 'nell@harbour.example' }), [3, 1]);
    assert.deepEqual(await found({ text: 'CLIENT-22' }), [2]);
    assert.deepEqual(await found({ text: 'same delivery' }), [3]);
    assert.deepEqual(await found({ text: 'Quay' }), [2]);
    assert.deepEqual(await found({ text: 'hunter2' }), []);
    assert.deepEqual(await found({ text: 'pd-key' }), []);
    assert.deepEqual(await found({ text: '%' }), []);
  });

  it('replays what time and text find, and nothing else, the count first', async () => {
    await file('{"name":"Harbour"}', { received_at: '2026-11-01T10:00:00Z' });
    await file('{"name":"Harbour"}', { received_at: '2026-11-02T10:00:00Z' });
    await file('{"name":"Quay"}', { received_at: '2026-11-02T10:00:00Z' });
    const filter = { text: 'Harbour', from: '2026-11-02T00:00' };
    await boss.get('/admin/webhooks');
    const asked = await boss.post('/admin/webhooks/replay', filter);
    assert.match(asked.html, /Replay 1 event\?/);
    assert.match(asked.html, /name="text" value="Harbour"/);
    assert.equal((await boss.post('/admin/webhooks/replay', { ...filter, confirm: 'yes' })).status, 303);
    assert.deepEqual(await door.db('webhook').whereNotNull('replay_of').pluck('replay_of'), [2]);
    assert.match((await boss.post('/admin/webhooks/replay', { text: 'hunter2' })).html, /Replay 0 events\?/);
  });

  it('says that a webhook which is to be replayed does not exist, and puts nothing on record', async () => {
    const orders = (): Promise<number[]> => door.db('replay_job').pluck<number[]>('id');
    const before = await orders();
    await boss.get('/admin/webhooks');
    const answer = await boss.post('/admin/webhooks/77/replay', {});
    assert.equal(answer.status, 404);
    assert.match(answer.html, /There is no such webhook/);
    assert.deepEqual(await orders(), before);
  });

  it('replays no more than the filter shows: of a sender, of what waits, of a company', async () => {
    const reason = 'InvalidClient: the client is not complete';
    await file('{}', { reason });
    await file('{}', { reason, source: 'form' });
    const asked = async (filter: Record<string, string>): Promise<string> => {
      const { status, html } = await boss.post('/admin/webhooks/replay', filter);
      return /Replay \d+ events?\?/.exec(html)?.[0] ?? String(status);
    };
    await boss.get('/admin/webhooks');
    assert.equal(await asked({ reason, source: 'form' }), 'Replay 1 event?');
    assert.equal(await asked({ reason, source: 'callbooker' }), 'Replay 0 events?');
    assert.equal(await asked({ reason, outcome: 'waiting' }), 'Replay 0 events?');
    assert.equal(await asked({ reason, outcome: 'nonsense' }), 'Replay 0 events?');
    assert.equal(await asked({ reason, company: 'Harbour' }), '422');
    assert.equal((await boss.get('/admin/webhooks?company=Harbour')).status, 422);
  });

  it('puts companies that were refused for one cause into one line with one button', async () => {
    const refused = (id: number, name: string): Record<string, unknown> => ({
      id,
      name,
      wanted_version: 4,
      pipedrive_failed_version: 4,
      pipedrive_failure: `organization of company ${id}: Pipedrive PATCH /api/v2/organizations/:id: refused 400 (custom_fields.abc), call log ${id}`,
    });
    await door.db('company').insert([
      ...Array.from({ length: 7 }, (_, n) => refused(n + 1, `Agency ${n + 1}`)),
      {
        ...refused(8, 'Other'),
        pipedrive_failure: 'deal 9: Pipedrive POST /api/v2/deals: refused 400 (owner_id), call log 10',
      },
      { ...refused(9, 'Changed since'), pipedrive_failed_version: 3 },
    ]);
    const { html } = await boss.get('/admin/failures');
    assert.match(html, /<b>7<\/b> × Pipedrive PATCH \/api\/v2\/organizations\/:id: refused 400/);
    assert.match(html, /<b>1<\/b> × Pipedrive POST \/api\/v2\/deals/);
    assert.equal((html.match(/<button>Sync \d/g) ?? []).length, 2);
    assert.match(html, /Choose a field that fits.*<a href="\/admin\/fields">/);
    assert.match(html, /Mend the admin’s Pipedrive id.*<a href="\/admin\/admins">/);
    const cause = 'Pipedrive PATCH /api/v2/organizations/:id: refused 400 (custom_fields.abc)';
    assert.equal((await boss.post('/admin/failures/sync', { cause })).status, 303);
    const due = await door
      .db('company')
      .where({ wanted_version: 5, pipedrive_failed_version: null })
      .pluck('id');
    assert.deepEqual(
      due.toSorted((a: number, b: number) => a - b),
      [1, 2, 3, 4, 5, 6, 7],
    );
    assert.match((await boss.get('/admin/failures')).html, /The syncs of 7 companies are on their way/);
  });

  it('gives an admin the id for which events failed, shown before it is saved, and replays them', async () => {
    await door.db('admin').insert([admin(1), admin(2, { username: 'two@acme.example' })]);
    const reason =
      'UnknownSalesPerson: the new client names TC2 admin 99, whom Hermes does not know: add the admin, then replay';
    await file('{"n":1}', { reason });
    await file('{"n":2}', { reason });
    await file('{"n":3}', { reason: reason.replace('99', '9') });
    await file('{}', { outcome: 'parked', reason: 'the owner is no admin', waiting_for: 'owner:777' });
    const { html } = await boss.get('/admin/failures');
    assert.match(html, /TC2 admin 99 is</);
    assert.match(html, /Pipedrive user 777 is</);
    const review = await boss.post('/admin/admins/assign', {
      admin: '2',
      column: 'tc2_admin_id',
      value: '99',
      reason,
    });
    assert.equal(review.status, 200);
    assert.match(review.html, /tc2_admin_id 62 -&gt; 99/);
    assert.match(review.html, /then replay the 2 events that failed for it/);
    const [, action = ''] = /<form method="post" action="(\/admin\/admins\/2)"/.exec(review.html) ?? [];
    const hidden = [...review.html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)];
    const fields: Record<string, string[]> = {};
    for (const [, name = '', value = ''] of hidden) {
      if (name !== 'csrf') fields[name] = [...(fields[name] ?? []), value];
    }
    const saved = await boss.post(action, { ...fields, follow_up: 'yes' });
    assert.equal(saved.headers.get('location'), '/admin/failures');
    assert.match((await boss.get('/admin/failures')).html, /Saved\. 2 events are replayed/);
    const two = (await door.db('admin').where({ id: 2 }).first('*')) as Record<string, unknown>;
    assert.equal(two['tc2_admin_id'], 99);
    assert.equal(two['username'], 'two@acme.example');
    assert.deepEqual(
      await door.db('webhook').whereNotNull('replay_of').orderBy('id').pluck('replay_of'),
      [1, 2],
    );
    assert.equal((await boss.post('/admin/admins/assign', { admin: '1', column: 'name' })).status, 404);
  });

  it('says what to do about a failure, a parked event and a paused downstream', async () => {
    await file('{}');
    await file('{}', { outcome: 'parked', reason: 'owner 7 is not known', waiting_for: 'owner:7' });
    assert.match((await boss.get('/admin/webhooks/1')).html, /Give the admin with that TC2 id, then replay/);
    assert.match((await boss.get('/admin/webhooks/2')).html, /Pipedrive user id: it goes on by itself/);
    await door.db('company').insert({ name: 'Harbour', wanted_version: 2 });
    await door.db('api_window').insert({
      bucket: 'pipedrive',
      blocked_until: door.db.raw("now() + interval '1 minute'"),
      blocked_reason: 'Unauthorised',
    });
    assert.match((await boss.get('/admin/companies/1')).html, /The key is refused\. Set the right one/);
    assert.match((await boss.get('/admin/overview')).html, /paused<\/b>\s*The key is refused/);
  });

  it('tests a calendar: what Google lets us read, and what a visitor would be offered', async () => {
    await door.db('admin').insert(admin(1));
    door.google.addBusy(
      sam,
      new Date(Date.now() + 3_600_000).toISOString(),
      new Date(Date.now() + 7_200_000).toISOString(),
    );
    assert.match((await boss.get('/admin/admins/1')).html, /Test the calendar/);
    const good = await boss.get('/admin/admins/1/calendar');
    assert.match(good.html, /Google lets Hermes read this calendar/);
    assert.match(good.html, /<li>\d{4}-\d\d-\d\d [\d:]+ UTC until/);
    assert.match(good.html, /<h3>(Monday|Tuesday|Wednesday|Thursday|Friday) \d+ \w+<\/h3>/);
    door.google.setUnreadable(sam, 'notFound');
    const bad = await boss.get('/admin/admins/1/calendar');
    assert.match(bad.html, /Google does not show this calendar \(notFound\)/);
    assert.match(bad.html, /Domain-wide delegation/);
    assert.equal((await boss.get('/admin/admins/2/calendar')).status, 404);
  });

  it('shows the overview while Temporal is away', async () => {
    const { status, html } = await boss.get('/admin/overview');
    assert.equal(status, 200);
    assert.match(html, /Temporal does not answer: webhooks are stored, and wait/);
    assert.match(html, /none yet/);
  });

  it('answers a fault of its own with a page that names the request, without what went wrong', async () => {
    await door.db.raw('alter table webhook rename column summary to summary_away');
    try {
      const { status, html, headers } = await boss.get('/admin/webhooks');
      assert.equal(status, 500);
      assert.match(headers.get('content-type') ?? '', /^text\/html/);
      assert.match(html, new RegExp(`request id ${headers.get('x-request-id')}`));
      assert.doesNotMatch(html, /summary|column|select/i);
    } finally {
      await door.db.raw('alter table webhook rename column summary_away to summary');
    }
    await door.db.raw('alter table operator_session rename to operator_session_away');
    try {
      const { status, headers } = await boss.get('/admin/overview');
      assert.equal(status, 500);
      assert.match(headers.get('content-type') ?? '', /^text\/html/);
    } finally {
      await door.db.raw('alter table operator_session_away rename to operator_session');
    }
    assert.equal((await boss.get('/admin/overview')).status, 200);
  });
});
