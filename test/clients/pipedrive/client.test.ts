import assert from 'node:assert/strict';
import { createPipedriveClient } from '../../../clients/pipedrive/client.ts';
import type { PipedriveClient } from '../../../clients/pipedrive/client.ts';
import { dataOf } from '../results.ts';
import { startScriptedPeer } from '../scriptedPeer.ts';
import type { ScriptedPeer } from '../scriptedPeer.ts';

describe('clients/pipedrive: calls', () => {
  let peer: ScriptedPeer;
  let pipedrive: PipedriveClient;
  before(async () => {
    peer = await startScriptedPeer();
    pipedrive = createPipedriveClient({ baseUrl: `${peer.url}/`, apiToken: 'pd-secret-token' });
  });
  after(() => peer.close());

  const asked = () => {
    const request = peer.requests[0];
    assert.ok(request);
    return { ...request, line: `${request.method} ${request.path}` };
  };

  it('creates with the token in the header and the body as given', async () => {
    peer.script({ body: { success: true, data: { id: 20, name: 'Harbour Tutors', unheard_of: 1 } } });
    const body = {
      name: 'Harbour Tutors',
      owner_id: 101,
      address: { value: 'GB', country: 'GB' },
      custom_fields: { h_hermes_id: '42', h_labels: null },
    };
    const result = await pipedrive.organizations.create(body);
    assert.deepEqual(dataOf(result), { id: 20, name: 'Harbour Tutors' });
    assert.equal(asked().line, 'POST /api/v2/organizations');
    assert.equal(asked().headers['x-api-token'], 'pd-secret-token');
    assert.deepEqual(JSON.parse(asked().text), body);
  });

  it('patches and deletes by id', async () => {
    peer.script({ body: { success: true, data: { id: 7 } } });
    dataOf(await pipedrive.persons.update(7, { emails: [] }));
    assert.equal(asked().line, 'PATCH /api/v2/persons/7');
    assert.equal(asked().text, '{"emails":[]}');
    peer.script({ body: { success: true, data: { id: 7 } } });
    dataOf(await pipedrive.persons.delete(7));
    assert.equal(asked().line, 'DELETE /api/v2/persons/7');
    assert.equal(asked().text, '');
  });

  it('tells what a call cost and what is left', async () => {
    peer.script({
      body: { success: true, data: { id: 20 } },
      headers: {
        'x-ratelimit-limit': '20',
        'x-ratelimit-remaining': '19',
        'x-ratelimit-reset': '2',
        'x-daily-ratelimit-token-limit': '30000',
        'x-daily-ratelimit-token-remaining': '29994',
      },
    });
    const { meta } = await pipedrive.organizations.get(20);
    assert.deepEqual(
      { ...meta, durationMs: 0 },
      {
        method: 'GET',
        endpoint: '/api/v2/organizations/:id',
        status: 200,
        durationMs: 0,
        tokens: 1,
        budget: { limit: 20, remaining: 19, resetMs: 2_000, dailyLimit: 30_000, dailyRemaining: 29_994 },
      },
    );
  });

  it('takes missing and odd budget headers', async () => {
    peer.script({ body: { success: true, data: { id: 20 } }, headers: { 'x-ratelimit-remaining': 'many' } });
    assert.equal('budget' in (await pipedrive.organizations.get(20)).meta, false);
  });

  it('lists with times in whole seconds and ids joined by commas', async () => {
    peer.script({ body: { success: true, data: [], additional_data: { next_cursor: null } } });
    await pipedrive.deals.list({
      ids: [9, 10],
      status: ['open', 'deleted'],
      updated_since: new Date('2026-11-20T18:16:56.057Z'),
      updated_until: new Date('2026-11-20T18:17:00.001Z'),
      limit: 500,
      cursor: undefined,
    });
    assert.deepEqual(Object.fromEntries(asked().query), {
      ids: '9,10',
      status: 'open,deleted',
      updated_since: '2026-11-20T18:16:56Z',
      updated_until: '2026-11-20T18:17:01Z',
      limit: '500',
    });
  });

  for (const [what, additional, expected] of [
    ['a cursor', { next_cursor: 'abc' }, 'abc'],
    ['null', { next_cursor: null }, null],
    ['an empty cursor', { next_cursor: '' }, null],
    ['no cursor', {}, null],
    ['no additional_data', undefined, null],
    ['additional_data null', null, null],
  ] as const) {
    it(`reads ${what} as ${expected === null ? 'the end' : 'more to come'}`, async () => {
      peer.script({ body: { success: true, data: [{ id: 1 }], additional_data: additional } });
      const page = dataOf(await pipedrive.persons.list({}));
      assert.deepEqual(page, { items: [{ id: 1 }], nextCursor: expected });
    });
  }

  it('takes every value as value, null or absent', async () => {
    const nulls = { id: 9, title: null, org_id: null, person_id: null, stage_id: null, custom_fields: null };
    peer.script({ body: { success: true, data: [nulls, { id: 10 }] } });
    assert.deepEqual(dataOf(await pipedrive.deals.list({})).items, [nulls, { id: 10 }]);
  });

  for (const [given, expected] of [
    [{ value: '14:00', timezone_id: null }, '14:00'],
    [{ value: null }, null],
    ['14:00:00', '14:00'],
    ['9:05', '09:05'],
    ['14:00', '14:00'],
    [null, null],
    [undefined, null],
  ] as const) {
    it(`ACT-08: due_time ${JSON.stringify(given)} is read as ${expected}`, async () => {
      peer.script({ body: { success: true, data: { id: 3, due_time: given } } });
      assert.equal(dataOf(await pipedrive.activities.get(3)).due_time, expected);
    });
  }

  it('searches organizations', async () => {
    const item = { id: 20, type: 'organization', name: 'Harbour Tutors', custom_fields: ['42', 7] };
    peer.script({ body: { success: true, data: { items: [{ result_score: 0.5, item }] } } });
    const page = dataOf(
      await pipedrive.organizations.search({ term: 'a&b 1', fields: ['custom_fields'], exact_match: true }),
    );
    assert.deepEqual(page.items, [{ id: 20, name: 'Harbour Tutors', custom_fields: ['42', 7] }]);
    assert.deepEqual(Object.fromEntries(asked().query), {
      term: 'a&b 1',
      fields: 'custom_fields',
      exact_match: 'true',
    });
  });

  it('searches persons with their organization', async () => {
    const item = {
      id: 7,
      emails: ['nell@harbour-tutors.example'],
      phones: [],
      organization: { id: 20, name: 'Harbour Tutors', address: null },
    };
    peer.script({
      body: { success: true, data: { items: [{ item }, { item: { id: 8, organization: null } }] } },
    });
    const { items } = dataOf(await pipedrive.persons.search({ term: 'nell', fields: ['email', 'phone'] }));
    assert.equal(items[0]?.organization?.id, 20);
    assert.equal(items[1]?.organization, null);
  });

  for (const [what, data] of [
    ['a list', [{ id: 20, name: 'x' }]],
    ['items', { items: [{ id: 20 }] }],
    ['items of hits', { items: [{ result_score: 1, item: { id: 20 } }] }],
  ] as const) {
    it(`reads a field search that answers ${what}`, async () => {
      peer.script({ body: { success: true, data } });
      const result = await pipedrive.itemSearchField({
        term: '42',
        entity_type: 'organization',
        field: 'h_id',
      });
      assert.deepEqual(dataOf(result).items, [{ id: 20 }]);
      assert.equal(result.meta.tokens, 20);
    });
  }

  it('reads and makes fields and options', async () => {
    const field = {
      field_name: 'Plan',
      field_code: 'f'.repeat(40),
      field_type: 'enum',
      is_custom_field: true,
    };
    peer.script({ body: { success: true, data: [{ ...field, options: [{ id: 1, label: 'PAYG' }] }] } });
    const fields = dataOf(await pipedrive.fields.list('organization', { limit: 500 }));
    assert.deepEqual(fields.items[0]?.options, [{ id: 1, label: 'PAYG' }]);

    peer.script({ body: { success: true, data: field } });
    const made = await pipedrive.fields.create('deal', {
      field_name: 'Plan',
      field_type: 'enum',
      options: [],
    });
    assert.equal(dataOf(made).field_code, field.field_code);
    assert.equal(asked().line, 'POST /api/v2/dealFields');

    peer.script({ body: { success: true, data: [{ id: 2, label: 'Startup' }] } });
    dataOf(await pipedrive.fields.addOptions('person', field.field_code, [{ label: 'Startup' }]));
    assert.equal(asked().line, `POST /api/v2/personFields/${field.field_code}/options`);
    assert.equal(asked().text, '[{"label":"Startup"}]');
  });

  it('lists users and webhooks by v1', async () => {
    peer.script({ body: { success: true, data: [{ id: 101, name: 'Sam Sales', email: null }] } });
    assert.equal(dataOf(await pipedrive.users.list())[0]?.id, 101);
    assert.equal(asked().line, 'GET /api/v1/users');

    peer.script({ body: { success: true, data: { id: 101, company_domain: 'acme' } } });
    assert.equal(dataOf(await pipedrive.users.me()).company_domain, 'acme');

    const hook = { id: 1, event_action: '*', event_object: 'deal', version: 2, is_active: 1 };
    peer.script({ body: { status: 'ok', success: true, data: [hook] } });
    const hooks = dataOf(await pipedrive.webhooks.list());
    assert.deepEqual([hooks[0]?.version, hooks[0]?.is_active], ['2', true]);

    peer.script({ body: { status: 'ok', success: true } });
    dataOf(await pipedrive.webhooks.delete(1));
    assert.equal(asked().line, 'DELETE /api/v1/webhooks/1');
  });

  it("stops when the caller's signal fires", async () => {
    const controller = new AbortController();
    peer.script(() => controller.abort());
    const result = await pipedrive.organizations.get(20, { signal: controller.signal });
    assert.equal(result.ok ? undefined : result.failure.code, 'ABORTED');
  });
});
