import assert from 'node:assert/strict';
import { createPipedriveClient } from '../../../clients/pipedrive/client.ts';
import type { PipedriveClient } from '../../../clients/pipedrive/client.ts';
import type { CallResult } from '../../../clients/failure.ts';
import type { Listening } from '../../../sandbox/common/listen.ts';
import { createPipedriveSandbox } from '../../../sandbox/pipedrive/index.ts';
import { dataOf, failureOf } from '../results.ts';

const anHourAgo = () => new Date(Date.now() - 3_600_000);

describe('clients/pipedrive with the sandbox', () => {
  const sandbox = createPipedriveSandbox();
  let listening: Listening;
  let pipedrive: PipedriveClient;
  before(async () => {
    listening = await sandbox.listen();
    pipedrive = createPipedriveClient({ baseUrl: listening.url, apiToken: sandbox.settings.apiToken });
  });
  after(() => listening.close());
  beforeEach(() => sandbox.reset());

  const owner = async () => dataOf(await pipedrive.users.me()).id;
  const newOrganization = async () =>
    dataOf(await pipedrive.organizations.create({ name: 'Harbour Tutors' }));

  it('an organization, its person, deal and activity are made, changed and read', async () => {
    const owner_id = await owner();
    sandbox.seed({ fields: { organization: [{ field_name: 'Our id', field_type: 'varchar' }] } });
    const code = sandbox.fieldCode('organization', 'Our id');
    const organization = dataOf(
      await pipedrive.organizations.create({
        name: 'Harbour Tutors',
        owner_id,
        address: { value: 'GB', country: 'GB' },
        custom_fields: { [code]: '42' },
      }),
    );
    assert.equal(organization.custom_fields?.[code], '42');
    assert.equal(organization.address?.value, 'GB');

    const person = dataOf(
      await pipedrive.persons.create({
        name: 'Nell Harbour',
        org_id: organization.id,
        owner_id,
        emails: [{ value: 'nell@harbour-tutors.example', label: 'work', primary: true }],
        phones: [{ value: '+441482960123', label: 'work', primary: true }],
      }),
    );
    assert.equal(person.emails?.[0]?.value, 'nell@harbour-tutors.example');

    const stage = dataOf(await pipedrive.stages.list({ limit: 500 })).items[0];
    assert.ok(stage?.pipeline_id);
    const deal = dataOf(
      await pipedrive.deals.create({
        title: 'Harbour Tutors',
        org_id: organization.id,
        person_id: person.id,
        owner_id,
        pipeline_id: stage.pipeline_id,
        stage_id: stage.id,
        status: 'open',
      }),
    );
    assert.equal(deal.stage_id, stage.id);

    const activity = dataOf(
      await pipedrive.activities.create({
        type: 'meeting',
        subject: 'TutorCruncher demo with Sam Sales',
        due_date: '2026-12-01',
        due_time: '14:00',
        owner_id,
        org_id: organization.id,
        deal_id: deal.id,
        participants: [{ person_id: person.id, primary: true }],
      }),
    );
    assert.equal(activity.due_time, '14:00');
    assert.equal(activity.participants?.[0]?.person_id, person.id);

    dataOf(await pipedrive.organizations.update(organization.id, { name: 'Harbour Tuition' }));
    assert.equal(dataOf(await pipedrive.organizations.get(organization.id)).name, 'Harbour Tuition');
    dataOf(await pipedrive.deals.update(deal.id, { status: 'lost' }));
    assert.equal(dataOf(await pipedrive.deals.get(deal.id)).status, 'lost');
  });

  for (const withSeconds of [true, false]) {
    it(`ACT-08: due_time is the same whether answers carry seconds (${withSeconds})`, async () => {
      sandbox.settings.activitySeconds = withSeconds;
      const made = await pipedrive.activities.create({ type: 'meeting', subject: 'Call', due_time: '09:05' });
      const { id, due_time: dueTime } = dataOf(made);
      assert.equal(dueTime, '09:05');
      assert.equal(dataOf(await pipedrive.activities.get(id)).due_time, '09:05');
    });
  }

  for (const style of ['404', '410', '200-is_deleted'] as const) {
    it(`a deleted record is gone, answered as ${style}`, async () => {
      sandbox.settings.goneStyle = style;
      const { id } = await newOrganization();
      const deal = dataOf(await pipedrive.deals.create({ title: 'Harbour Tutors', org_id: id }));
      dataOf(await pipedrive.organizations.delete(id));
      dataOf(await pipedrive.deals.delete(deal.id));
      assert.equal(failureOf(await pipedrive.organizations.get(id)).kind, 'gone');
      assert.equal(failureOf(await pipedrive.organizations.update(id, { name: 'Again' })).kind, 'gone');
      assert.equal(failureOf(await pipedrive.deals.get(deal.id)).kind, 'gone');
      assert.deepEqual(dataOf(await pipedrive.organizations.list({ ids: [id] })).items, []);
      const deletedDeals = dataOf(await pipedrive.deals.list({ status: ['deleted'] })).items;
      assert.deepEqual(
        deletedDeals.map((row) => row.id),
        [deal.id],
      );
    });
  }

  it('lists what changed, page by page', async () => {
    sandbox.seed({ organizations: Array.from({ length: 5 }, (_, index) => ({ name: `Company ${index}` })) });
    const ids: number[] = [];
    let cursor: string | undefined;
    do {
      const page = dataOf(
        await pipedrive.organizations.list({
          updated_since: anHourAgo(),
          sort_by: 'update_time',
          limit: 2,
          cursor,
        }),
      );
      ids.push(...page.items.map((row) => row.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(ids, [...sandbox.organizations.keys()]);
  });

  it('a create whose answer was lost is found by what changed since', async () => {
    const before = anHourAgo();
    sandbox.faults.add({ kind: 'dropAfter', method: 'POST' });
    const failure = failureOf(await pipedrive.organizations.create({ name: 'Harbour Tutors' }));
    assert.deepEqual([failure.kind, failure.mayHaveHappened], ['unknownResult', true]);
    const { items } = dataOf(await pipedrive.organizations.list({ updated_since: before }));
    assert.deepEqual(
      items.map((row) => row.name),
      ['Harbour Tutors'],
    );
  });

  for (const kind of ['emptyBody', 'garbage'] as const) {
    it(`RL-12: ${kind} to a create is an unknown result, to a read transient`, async () => {
      sandbox.faults.add({ kind, method: 'POST' });
      assert.equal(
        failureOf(await pipedrive.organizations.create({ name: 'Harbour Tutors' })).kind,
        'unknownResult',
      );
      assert.equal(sandbox.organizations.size, 1);
      sandbox.faults.add({ kind, method: 'GET' });
      assert.equal(failureOf(await pipedrive.organizations.get(1)).kind, 'transient');
    });
  }

  it('a refused body names its field, and nothing is made', async () => {
    const failure = failureOf(
      await pipedrive.organizations.create({
        name: 'Harbour Tutors',
        custom_fields: { ['f'.repeat(40)]: '1' },
      }),
    );
    assert.deepEqual([failure.kind, failure.code], ['refused', 'ERR_SCHEMA_VALIDATION_FAILED']);
    assert.ok(failure.fields?.includes('custom_fields'), failure.summary);
    assert.equal(sandbox.organizations.size, 0);
  });

  it('a wrong token is unauthorised', async () => {
    const stranger = createPipedriveClient({ baseUrl: listening.url, apiToken: 'wrong' });
    const failure = failureOf(await stranger.organizations.get(1));
    assert.deepEqual([failure.kind, failure.status], ['unauthorised', 401]);
  });

  it('RL-05: going on over the limit is throttled, then blocked by the gateway', async () => {
    sandbox.settings.burstLimit = 2;
    sandbox.settings.abuseAfter = 3;
    const results: CallResult<unknown>[] = [];
    for (let call = 0; call < 6; call += 1) results.push(await pipedrive.pipelines.list());
    assert.deepEqual(
      results.map((result) => (result.ok ? 200 : result.failure.status)),
      [200, 200, 429, 429, 429, 403],
    );
    const [limited, blocked] = [failureOf(results[2]!), failureOf(results[5]!)];
    assert.deepEqual([limited.kind, blocked.kind], ['throttled', 'throttled']);
    assert.ok((limited.retryAfterMs ?? 0) > 0);
  });

  it("the day's budget: told with every answer, and when it is spent", async () => {
    sandbox.settings.dailyTokens = 5;
    const { meta } = await pipedrive.pipelines.list();
    assert.deepEqual([meta.tokens, meta.budget?.dailyLimit, meta.budget?.dailyRemaining], [5, 5, 0]);
    const failure = failureOf(await pipedrive.pipelines.list());
    assert.deepEqual([failure.kind, failure.dailyExhausted], ['throttled', true]);
  });

  it('prices are those of the sandbox', async () => {
    let expected = 0;
    const pay = (result: CallResult<unknown>) => {
      dataOf(result);
      expected += result.meta.tokens ?? Number.NaN;
      assert.equal(sandbox.tokensSpent(), expected, `${result.meta.method} ${result.meta.endpoint}`);
    };
    pay(await pipedrive.organizations.create({ name: 'Harbour Tutors' }));
    pay(await pipedrive.organizations.get(1));
    pay(await pipedrive.organizations.update(1, { name: 'Harbour Tuition' }));
    pay(await pipedrive.organizations.list({}));
    pay(await pipedrive.organizations.search({ term: 'Harbour' }));
    pay(await pipedrive.persons.create({ name: 'Nell Harbour' }));
    pay(await pipedrive.persons.search({ term: 'Nell', fields: ['name'] }));
    pay(await pipedrive.pipelines.list());
    pay(await pipedrive.stages.list());
    pay(await pipedrive.fields.list('deal'));
    pay(await pipedrive.fields.list('activity'));
    pay(
      await pipedrive.fields.create('deal', {
        field_name: 'Plan',
        field_type: 'enum',
        options: [{ label: 'A' }],
      }),
    );
    pay(await pipedrive.fields.addOptions('deal', sandbox.fieldCode('deal', 'Plan'), [{ label: 'B' }]));
    pay(await pipedrive.users.list());
    pay(await pipedrive.users.me());
    pay(await pipedrive.webhooks.list());
    pay(await pipedrive.organizations.delete(1));
  });

  for (const style of ['list', 'items'] as const) {
    it(`finds a record by one field, answered as ${style}`, async () => {
      sandbox.settings.itemSearchFieldStyle = style;
      sandbox.seed({ fields: { organization: [{ field_name: 'Our id', field_type: 'varchar' }] } });
      const code = sandbox.fieldCode('organization', 'Our id');
      sandbox.seed({ organizations: [{ id: 20, name: 'Harbour Tutors', custom_fields: { [code]: '42' } }] });
      const found = dataOf(
        await pipedrive.itemSearchField({
          term: '42',
          entity_type: 'organization',
          field: code,
          match: 'exact',
        }),
      );
      assert.deepEqual(found.items, [{ id: 20 }]);
    });
  }

  it('finds a person by e-mail, with the organization', async () => {
    sandbox.seed({
      organizations: [{ id: 20, name: 'Harbour Tutors' }],
      persons: [
        { id: 7, name: 'Nell Harbour', org_id: 20, emails: [{ value: 'nell@harbour-tutors.example' }] },
      ],
    });
    const { items } = dataOf(
      await pipedrive.persons.search({
        term: 'nell@harbour-tutors.example',
        fields: ['email'],
        exact_match: true,
      }),
    );
    assert.deepEqual([items[0]?.id, items[0]?.organization?.id], [7, 20]);
  });

  it('registers, lists and removes a webhook', async () => {
    sandbox.settings.webhooks.checkReachable = false;
    const made = dataOf(
      await pipedrive.webhooks.create({
        subscription_url: 'https://hermes.example/pipedrive/callback/',
        event_action: '*',
        event_object: 'organization',
        name: 'Hermes organization',
        version: '2.0',
        http_auth_user: 'hermes',
        http_auth_password: 'webhook-password',
      }),
    );
    const listed = dataOf(await pipedrive.webhooks.list());
    assert.deepEqual(
      listed.map(({ id, event_object: object, version, is_active: active }) => [id, object, version, active]),
      [[made.id, 'organization', '2.0', true]],
    );
    dataOf(await pipedrive.webhooks.delete(made.id));
    assert.deepEqual(dataOf(await pipedrive.webhooks.list()), []);
    assert.equal(failureOf(await pipedrive.webhooks.delete(made.id)).kind, 'refused');
  });
});
