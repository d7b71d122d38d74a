import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Listening } from '../../sandbox/common/listen.ts';
import { demoAccount } from '../../sandbox/demo/account.ts';
import { createPipedriveSandbox } from '../../sandbox/pipedrive/index.ts';
import { useDatabase } from '../support/database.ts';
import { runHermes, type Run } from './runHermes.ts';

describe('hermes config apply with Pipedrive', () => {
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
    sandbox.seed({
      fields: {
        organization: [
          { field_name: 'Hermes id', field_type: 'double' },
          { field_name: 'Site', field_type: 'varchar' },
          { field_name: 'Paid on', field_type: 'varchar' },
          { field_name: 'Support', field_type: 'date' },
          { field_name: 'Plan', field_type: 'enum', options: [{ label: 'payg' }, { label: 'startup' }] },
        ],
      },
    });
    await database.db.raw(
      'truncate pipedrive_field, pipedrive_field_definition, custom_field restart identity cascade',
    );
  });

  const key = (name: string) => sandbox.fieldCode('organization', name);
  const apply = (text: string, more: Record<string, string> = {}): Promise<Run> =>
    runHermes(
      ['config', 'apply', '-'],
      {
        DATABASE_URL: database.url,
        PD_BASE_URL: pipedrive.url,
        PD_API_KEY: sandbox.settings.apiToken,
        ...more,
      },
      text,
    );
  const organization = (fields: Record<string, string>): string =>
    JSON.stringify({ pipedrive_fields: { organization: fields } });
  const definitions = (): Promise<{ pipedrive_key: string; field_type: string; options: unknown }[]> =>
    database.db('pipedrive_field_definition').where({ entity: 'organization' }).select();

  it('keeps the types and options of the custom fields', async () => {
    const run = await apply(organization({ hermes_id: key('Hermes id'), price_plan: key('Plan') }));
    assert.equal(run.stderr, '');
    assert.match(run.stdout, /Read anew from Pipedrive: 5 field definitions\.\n$/);
    const kept = new Map((await definitions()).map((row) => [row.pipedrive_key, row]));
    assert.equal(kept.size, 5);
    assert.equal(kept.get(key('Hermes id'))?.field_type, 'double');
    const options = kept.get(key('Plan'))?.options as { id: number; label: string }[];
    assert.deepEqual(
      options.map(({ label }) => label),
      ['payg', 'startup'],
    );
    assert.ok(options.every(({ id }) => Number.isInteger(id)));
  });

  it('writes no definition again that is the same', async () => {
    const text = organization({ hermes_id: key('Hermes id') });
    await apply(text);
    assert.equal((await apply(text)).stdout, 'Nothing to change: everything is as the file says.\n');
    sandbox.seed({ fields: { organization: [{ field_name: 'New one', field_type: 'text' }] } });
    assert.match((await apply(text)).stdout, /Read anew from Pipedrive: 1 field definitions\.\n$/);
  });

  it('refuses keys that Pipedrive does not have, fields of its own, and types that do not suit', async () => {
    const run = await apply(
      [
        'pipedrive_fields:',
        '  organization:',
        '    hermes_id: 0123456789012345678901234567890123456abc',
        `    website: ${key('Site')}`,
        `    pay0_dt: ${key('Paid on')}`,
        `    support_person_id: ${key('Support')}`,
        '    utm_source: name',
        'custom_fields:',
        `  - {name: Medium, entity: organization, type: date, pipedrive_key: ${key('Hermes id')}}`,
      ].join('\n'),
    );
    assert.equal(run.code, 1);
    const lines = run.stderr
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
    assert.deepEqual(lines, [
      'line 3, pipedrive_fields.organization.hermes_id: Pipedrive has no organization field with this key (it is "0123456789012345678901234567890123456abc")',
      `line 5, pipedrive_fields.organization.pay0_dt: is a field of type varchar in Pipedrive; date would do (it is "${key('Paid on')}")`,
      `line 6, pipedrive_fields.organization.support_person_id: is a field of type date in Pipedrive; user, double, varchar, varchar_auto, text would do (it is "${key('Support')}")`,
      `line 7, pipedrive_fields.organization.utm_source: is a field of Pipedrive's own, where Hermes needs a custom field (it is "name")`,
      `line 9, custom_fields[0].pipedrive_key: is a field of type double in Pipedrive; date would do (it is "${key('Hermes id')}")`,
    ]);
    assert.deepEqual(await definitions(), []);
  });

  it('warns, and applies all the same, when Pipedrive cannot be asked', async () => {
    const text = organization({ hermes_id: 'aaa1' });
    const [away, wrongKey] = [
      await apply(text, { PD_BASE_URL: 'http://127.0.0.1:1' }),
      await apply(organization({ hermes_id: 'aaa2' }), { PD_API_KEY: 'not-the-token' }),
    ];
    for (const run of [away, wrongKey]) {
      assert.equal(run.code, 0);
      assert.match(run.stderr, /^Warning: the fields could not be compared with Pipedrive's: Pipedrive GET /);
      assert.ok(!run.stderr.includes('not-the-token'));
      assert.match(run.stdout, /(created|updated) +pipedrive field organization\.hermes_id/);
    }
  });

  it('warns of a key of the database that Pipedrive no longer has', async () => {
    await database.db('pipedrive_field').insert({ entity: 'deal', name: 'website', pipedrive_key: 'gone' });
    const run = await apply(organization({ hermes_id: key('Hermes id') }));
    assert.equal(run.code, 0);
    assert.match(
      run.stderr,
      /^Warning: pipedrive_fields\.deal\.website: Pipedrive has no deal field with this key \(it is "gone"\)\n$/,
    );
  });

  it('does not ask Pipedrive for a file without fields', async () => {
    await apply('admins: [{id: 1, username: sam@acme.example}]');
    assert.deepEqual(sandbox.requests.entries, []);
  });

  it("the demonstration's configuration suits the demonstration's account", async () => {
    sandbox.seed(demoAccount);
    const demo = fileURLToPath(new URL('../../sandbox/demo/config.yaml', import.meta.url));
    const run = await apply(await readFile(demo, 'utf8'));
    assert.deepEqual({ code: run.code, stderr: run.stderr }, { code: 0, stderr: '' });
  });
});
