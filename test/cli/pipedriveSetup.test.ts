import assert from 'node:assert/strict';
import type { Webhook } from '../../clients/pipedrive/schemas.ts';
import { planWebhooks } from '../../cli/pipedrive/planWebhooks.ts';
import { mappedFields } from '../../domain/configuration/fieldNames.ts';
import type { Listening } from '../../sandbox/common/listen.ts';
import { createPipedriveSandbox } from '../../sandbox/pipedrive/index.ts';
import { demoAccount } from '../../sandbox/demo/account.ts';
import { useDatabase } from '../support/database.ts';
import { runHermes, type Run } from './runHermes.ts';

const objects = ['organization', 'person', 'deal', 'pipeline', 'stage'];

describe('hermes pipedrive setup', () => {
  const sandbox = createPipedriveSandbox();
  let pipedrive: Listening;
  const database = useDatabase();
  before(async () => {
    pipedrive = await sandbox.listen();
  });
  after(async () => {
    await pipedrive.close();
  });
  beforeEach(async () => {
    sandbox.reset();
    await database.db.raw(
      'truncate admin, pipeline, stage, config, pipedrive_field, pipedrive_field_definition, custom_field, api_window restart identity cascade',
    );
  });

  const setup = (words: readonly string[], more: Record<string, string> = {}): Promise<Run> =>
    runHermes(['pipedrive', 'setup', ...words], {
      DATABASE_URL: database.url,
      PD_BASE_URL: pipedrive.url,
      PD_API_KEY: sandbox.settings.apiToken,
      PD_API_MAX_RATE: '1000',
      // The sandbox asks only whether something answers there.
      BASE_URL: pipedrive.url,
      PD_WEBHOOK_USERNAME: 'hermes',
      PD_WEBHOOK_PASSWORD: 'knock-knock',
      ...more,
    });
  const writes = (): string[] =>
    sandbox.requests.entries
      .filter(({ method }) => method !== 'GET')
      .map(({ method, path }) => `${method} ${path}`);
  const callback = (): string => `${pipedrive.url}/pipedrive/callback/`;
  const register = (change: { event_object?: string; subscription_url?: string } = {}) =>
    sandbox.webhooks.registry.add({
      subscription_url: callback(),
      event_action: '*',
      event_object: 'deal',
      name: 'Hermes',
      user_id: 100,
      owner_id: 100,
      http_auth_user: null,
      http_auth_password: null,
      ...(change as object),
    });
  const registered = () =>
    sandbox.webhooks.registry
      .list()
      .map(({ event_object: object }) => object)
      .toSorted();

  it('sets an empty account up: fields, pipelines, webhooks; and changes nothing when it runs again', async () => {
    await database.db('admin').insert({ id: 1, username: 'SAM@acme.example', timezone: 'Europe/London' });
    const first = await setup(['--yes']);
    assert.equal(first.stderr, '');
    assert.equal(first.code, 0);

    for (const entity of ['organization', 'deal', 'person'] as const) {
      const mapped: string[] = await database.db('pipedrive_field').where({ entity }).pluck('name');
      assert.deepEqual(new Set(mapped), new Set(Object.keys(mappedFields[entity])));
    }
    const key = sandbox.fieldCode('organization', 'Paid invoices');
    const [definition] = await database
      .db('pipedrive_field_definition')
      .where({ pipedrive_key: key })
      .select('field_type');
    assert.deepEqual(definition, { field_type: 'double' });
    assert.equal((await database.db('admin').first('pd_owner_id')).pd_owner_id, 101);
    assert.equal((await database.db('stage').count('* as n').first())?.['n'], 12);
    const [config] = await database
      .db('config')
      .join('pipeline', 'pipeline.id', 'config.startup_pipeline_id')
      .join('stage', 'stage.id', 'pipeline.dft_entry_stage_id')
      .select('pd_pipeline_id', 'pd_stage_id');
    assert.deepEqual(config, { pd_pipeline_id: 2, pd_stage_id: 21 });

    assert.deepEqual(registered(), objects.toSorted());
    for (const webhook of sandbox.webhooks.registry.list()) {
      assert.equal(webhook.subscription_url, callback());
      assert.equal(webhook.http_auth_user, 'hermes');
      assert.equal(webhook.http_auth_password, 'knock-knock');
    }
    assert.ok(!first.stdout.includes('knock-knock'));

    sandbox.requests.clear();
    const second = await setup([]);
    assert.deepEqual([second.code, second.stderr], [0, '']);
    assert.match(second.stdout, /Nothing to do: everything is set up\.\n$/);
    assert.deepEqual(writes(), []);
  });

  it('shows the plan on a dry run, and does nothing', async () => {
    const run = await setup(['--dry-run']);
    assert.equal(run.code, 0);
    assert.match(run.stdout, /Fields to create in Pipedrive:\n {2}organization: Hermes id \(varchar\)/);
    assert.match(run.stdout, /Webhooks to register, to http.*\n {2}organization\n {2}person\n/);
    assert.match(run.stdout, /created {2}pipeline 1: .*"PAYG"/);
    assert.match(run.stdout, /Nothing was done: this was a dry run\.\n$/);
    assert.deepEqual(writes(), []);
    assert.equal((await database.db('pipeline').count('* as n').first())?.['n'], 0);
  });

  it('does nothing in a script without --yes', async () => {
    const run = await setup([]);
    assert.deepEqual(
      [run.code, run.stderr],
      [1, 'Nothing was done: nobody can be asked here, so say --yes.\n'],
    );
    assert.deepEqual(writes(), []);
  });

  it('takes over the fields that an account has by their names, where their types suit', async () => {
    sandbox.seed(demoAccount);
    await database.db('custom_field').insert({
      machine_name: 'operate_as_ea',
      name: 'Operates as EA',
      entity: 'organization',
      type: 'boolean',
    });
    const run = await setup(['--yes']);
    assert.equal(run.stderr, '');
    assert.ok(!writes().some((write) => write.includes('Fields')));
    const row = await database
      .db('pipedrive_field')
      .where({ entity: 'deal', name: 'website' })
      .first('pipedrive_key');
    assert.equal(row.pipedrive_key, sandbox.fieldCode('deal', 'Website'));
    const custom = await database.db('custom_field').first('pipedrive_key');
    assert.equal(custom.pipedrive_key, sandbox.fieldCode('organization', 'Operates as EA'));
  });

  it('creates the custom fields of the configuration that have no key, with options where they need some', async () => {
    await database.db('custom_field').insert([
      { machine_name: 'ea', name: 'Is an EA', entity: 'organization', type: 'boolean' },
      { machine_name: 'budget', name: 'Budget', entity: 'deal', type: 'money' },
    ]);
    assert.equal((await setup(['--yes'])).code, 0);
    const rows = await database
      .db('custom_field')
      .orderBy('machine_name')
      .select('machine_name', 'pipedrive_key');
    assert.deepEqual(rows, [
      { machine_name: 'budget', pipedrive_key: sandbox.fieldCode('deal', 'Budget') },
      { machine_name: 'ea', pipedrive_key: sandbox.fieldCode('organization', 'Is an EA') },
    ]);
    const definition = await database.db('pipedrive_field_definition').where({ name: 'Is an EA' }).first('*');
    assert.deepEqual(
      definition.options.map(({ label }: { label: string }) => label),
      ['Yes', 'No'],
    );
  });

  it('leaves a field whose name is doubled or whose type does not suit to the operator', async () => {
    sandbox.seed({
      fields: {
        organization: [
          { field_name: 'GCLID', field_type: 'varchar' },
          { field_name: 'GCLID', field_type: 'varchar' },
          { field_name: 'Pay 0', field_type: 'varchar' },
        ],
      },
    });
    const run = await setup(['--yes']);
    assert.equal(run.code, 0);
    assert.match(run.stdout, /organization has 2 fields named "GCLID": say in the configuration/);
    assert.match(
      run.stdout,
      /organization has a field named "Pay 0" of type varchar, which cannot hold it \(date can\)/,
    );
    assert.equal(await database.db('pipedrive_field').where({ name: 'gclid' }).first('name'), undefined);
  });

  it('repairs doubled, missing and needless webhooks, and leaves those of others alone', async () => {
    await setup(['--yes']);
    const [person] = sandbox.webhooks.registry
      .list()
      .filter(({ event_object: object }) => object === 'person');
    sandbox.webhooks.registry.remove(person?.id ?? 0);
    const doubled = register();
    const everything = register({ event_object: '*' });
    const other = register({ subscription_url: 'https://old.example/pipedrive/callback/' });
    const run = await setup(['--yes']);
    assert.match(run.stdout, new RegExp(`${doubled.id}, deal: doubled\\n`));
    assert.match(run.stdout, new RegExp(`${everything.id}, \\*: not needed\\n`));
    assert.match(
      run.stdout,
      /Webhooks go to https:\/\/old\.example\/pipedrive\/callback\/, too: left alone\./,
    );
    sandbox.webhooks.registry.remove(other.id);
    assert.deepEqual(registered(), objects.toSorted());
  });

  it('registers all anew when the password changed', async () => {
    await setup(['--yes']);
    await setup(['--yes', '--renew-webhooks'], { PD_WEBHOOK_PASSWORD: 'new-knock' });
    assert.deepEqual(registered(), objects.toSorted());
    assert.ok(
      sandbox.webhooks.registry.list().every(({ http_auth_password: password }) => password === 'new-knock'),
    );
  });

  it('does not create a field again whose answer was lost', async () => {
    sandbox.faults.add({ kind: 'dropAfter', method: 'POST', path: '/api/v2/personFields', times: 1 });
    const run = await setup(['--yes']);
    assert.equal(run.stderr, '');
    assert.equal(run.code, 0);
    const created = writes().filter((write) => write === 'POST /api/v2/personFields');
    assert.equal(created.length, 1);
    const row = await database
      .db('pipedrive_field')
      .where({ entity: 'person', name: 'hermes_id' })
      .first('pipedrive_key');
    assert.equal(row.pipedrive_key, sandbox.fieldCode('person', 'Hermes id'));
  });

  it('takes pipelines and entry stages from the options, and tells wrong ones', async () => {
    const run = await setup(['--yes', '--payg', '3', '--entry-stage', '3=32, 1=14']);
    assert.equal(run.stderr, '');
    const stages = await database
      .db('pipeline')
      .join('stage', 'stage.id', 'pipeline.dft_entry_stage_id')
      .orderBy('pd_pipeline_id')
      .pluck('pd_stage_id');
    assert.deepEqual(stages, [14, 21, 32]);
    const [config] = await database
      .db('config')
      .join('pipeline', 'pipeline.id', 'config.payg_pipeline_id')
      .select('pd_pipeline_id');
    assert.deepEqual(config, { pd_pipeline_id: 3 });

    sandbox.requests.clear();
    const wrong = await setup(['--yes', '--startup', '77']);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /price_plans\.startup: is no pipeline/);
    assert.deepEqual(writes(), []);
    assert.equal((await setup(['--entry-stage', 'first'])).code, 2);
  });

  it('says what is wrong with the key', async () => {
    const wrong = await setup(['--yes'], { PD_API_KEY: 'not-the-token' });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /^Pipedrive refuses the key: see PD_API_KEY and PD_BASE_URL/);
    sandbox.seed({ users: [{ id: 150, name: 'Plain', email: 'plain@acme.example', token: 'plain' }] });
    const plain = await setup(['--yes'], { PD_API_KEY: 'plain' });
    assert.match(plain.stderr, /^Pipedrive forbids it: the key must be of a top-level administrator/);
    const away = await setup(['--yes'], { PD_BASE_URL: 'http://127.0.0.1:1' });
    assert.match(away.stderr, /^Pipedrive does not answer as it should: see PD_BASE_URL/);
    const none = await setup(['--yes'], { PD_API_KEY: '' });
    assert.equal(none.stderr, 'PD_API_KEY is not set.\n');
  }).timeout(60_000);
});

describe('the webhooks that Pipedrive needs', () => {
  const url = 'https://hermes.example/pipedrive/callback/';
  const webhook = (id: number, change: Partial<Webhook> = {}): Webhook => ({
    id,
    event_action: '*',
    event_object: 'deal',
    subscription_url: url,
    version: '2.0',
    is_active: true,
    name: 'Hermes',
    user_id: 100,
    last_http_status: 200,
    last_delivery_time: null,
    remove_reason: null,
    ...change,
  });

  it('replaces what is inactive, partial or of version 1', () => {
    const plan = planWebhooks(
      [
        webhook(1, { is_active: false }),
        webhook(2, { event_object: 'person', event_action: 'create' }),
        webhook(3, { event_object: 'stage', version: '1.0' }),
        webhook(4, { event_object: 'organization' }),
        webhook(5, { event_object: 'pipeline', subscription_url: url.slice(0, -1) }),
      ],
      url,
    );
    assert.deepEqual(plan.create, ['person', 'deal', 'stage']);
    assert.deepEqual(plan.remove, [
      { id: 1, object: 'deal', reason: 'not active' },
      { id: 2, object: 'person', reason: 'only for the action create' },
      { id: 3, object: 'stage', reason: 'of version 1.0' },
    ]);
  });

  it('keeps the oldest of the same', () => {
    const plan = planWebhooks([webhook(9), webhook(7), webhook(8)], url);
    assert.deepEqual(
      plan.remove.map(({ id, reason }) => [id, reason]),
      [
        [8, 'doubled'],
        [9, 'doubled'],
      ],
    );
  });
});
