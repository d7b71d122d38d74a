/** The pages that ask Pipedrive: the field map with its live fields, and a company beside it. */
import assert from 'node:assert/strict';
import { saveOperator } from '../../../api/admin/operators.ts';
import { clientEvent, exampleClient } from '../../../sandbox/tc2/events.ts';
import { eventually, useHermes } from '../../support/hermes.ts';
import { visitor, type Visitor } from './browser.ts';

const password = 'correct horse battery';

describe('api/admin, with Pipedrive', () => {
  const hermes = useHermes();
  let boss: Visitor;
  before(async () => {
    await saveOperator(hermes.db, { email: 'o@acme.example', name: 'Olive', role: 'configure', password });
    boss = visitor(hermes.url);
    assert.equal((await boss.login('o@acme.example', password)).status, 303);
    await hermes.tc2.send([clientEvent(structuredClone(exampleClient), 'CREATED_A_CLIENT', new Date())]);
    await hermes.quiet();
  });

  it('shows the workers, the queues and the last reconciliation', async () => {
    await hermes.db('reconcile_page').insert({
      run_id: 'r',
      entity: 'deal',
      after: 0,
      read: 1200,
      compared: 1200,
      drifted: 3,
    });
    await eventually('the workers are known', async () => {
      const { html } = await boss.get('/admin/overview');
      const [, rows = ''] = /<h2>Workers and queues<\/h2>([^]*?)<\/table>/.exec(html) ?? [];
      return ['hermes', 'pipedrive', 'tc2', 'google'].every((queue) =>
        new RegExp(`<td>${queue}</td><td class="">\\s*[^<]*@`).test(rows),
      );
    });
    assert.match((await boss.get('/admin/overview')).html, /1,200 read, 3 drifted/);
  });

  it('shows the story of a company, in sync', async () => {
    const { html } = await boss.get('/admin/companies/1');
    assert.match(html, /Pipedrive: <span class="good">in sync/);
    assert.match(html, /TcClientUpdated|CREATED_A_CLIENT/);
    assert.match(html, /POST \/api\/v2\/organizations/);
  });

  it('compares a company with what Pipedrive holds right now, and takes over what was changed there', async () => {
    const same = await boss.get('/admin/companies/1/compare');
    assert.equal(same.status, 200);
    assert.match(same.html, /Nothing differs/);
    const map = (await hermes
      .db('pipedrive_field')
      .where({ entity: 'organization', name: 'website' })
      .first('pipedrive_key')) as { pipedrive_key: string };
    const [organization] = [...hermes.pipedrive.organizations.values()];
    const response = await fetch(
      `${hermes.environment.PD_BASE_URL}/api/v2/organizations/${String(organization?.['id'])}`,
      {
        method: 'PATCH',
        headers: { 'x-api-token': 'pd-sandbox-key', 'content-type': 'application/json' },
        body: JSON.stringify({ custom_fields: { [map.pipedrive_key]: 'https://elsewhere.example' } }),
      },
    );
    assert.equal(response.status, 200);
    const differs = await boss.get('/admin/companies/1/compare');
    assert.match(differs.html, /1 field differs/);
    assert.match(
      differs.html,
      /<td>website<\/td><td>[^<]*<\/td><td>https:\/\/elsewhere\.example<\/td><td><span class="bad">differs/,
    );
    assert.equal((await boss.post('/admin/companies/1/repair')).status, 303);
    assert.match((await boss.get('/admin/companies/1')).html, /1 change of Pipedrive will be taken over/);
    await hermes.quiet();
    const website = (await hermes.db('company').where({ id: 1 }).first('website')) as { website: string };
    assert.equal(website.website, 'https://elsewhere.example');
    assert.match((await boss.get('/admin/companies/1/compare')).html, /Nothing differs/);
  });

  it('writes anew what is ours and was emptied in Pipedrive, and finds nothing more to repair then', async () => {
    const code = hermes.pipedrive.fieldCode('organization', 'TC2 status');
    const [organization] = [...hermes.pipedrive.organizations.values()];
    assert.ok(organization);
    const before = organization.custom_fields[code];
    hermes.pipedrive.app.update('organization', organization.id, { custom_fields: { [code]: null } });
    assert.equal((await boss.post('/admin/companies/1/repair')).status, 303);
    assert.match((await boss.get('/admin/companies/1')).html, /Pipedrive will be written anew/);
    await hermes.quiet();
    assert.deepEqual(hermes.pipedrive.organizations.get(organization.id)?.custom_fields[code], before);
    assert.equal((await boss.post('/admin/companies/1/repair')).status, 303);
    assert.match((await boss.get('/admin/companies/1')).html, /There was nothing to repair/);
  });

  it('offers the fields that Pipedrive has, shows the change, and saves it', async () => {
    const page = await boss.get('/admin/fields');
    assert.equal(page.status, 200);
    assert.match(page.html, /as it names them right now/);
    assert.match(
      page.html,
      /<select id="organization.website" name="organization.website"><option value="">not sent/,
    );
    const form = { 'organization.website': '' };
    const review = await boss.post('/admin/fields', { ...form, step: 'review' });
    assert.equal(review.status, 200);
    assert.match(review.html, /website/);
    assert.equal((await boss.post('/admin/fields', form)).status, 303);
    const row = await hermes
      .db('pipedrive_field')
      .where({ entity: 'organization', name: 'website' })
      .first('*');
    assert.equal(row, undefined);
    const wrong = await boss.post('/admin/fields', { 'organization.website': 'no_such_field' });
    assert.equal(wrong.status, 422);
  });

  it('adds a custom field, changes and deletes it, by the rules of the configuration', async () => {
    const key = hermes.pipedrive.fieldCode('organization', 'UTM medium');
    await hermes.db('custom_field').delete();
    assert.match((await boss.get('/admin/fields')).html, /href="\/admin\/fields\/custom\/new"/);
    const page = await boss.get('/admin/fields/custom/new');
    assert.match(page.html, new RegExp(`<option value="${key}">`));
    const form = {
      name: 'UTM medium',
      machine_name: 'utm_medium',
      entity: 'organization',
      type: 'text',
      pipedrive_key: key,
      tc2_machine_name: 'utm_medium',
      column: '',
    };
    const wrong = await boss.post('/admin/fields/custom/new', { ...form, pipedrive_key: 'no_such_field' });
    assert.equal(wrong.status, 422);
    assert.match(
      (await boss.post('/admin/fields/custom/new', { ...form, step: 'review' })).html,
      /created\s+custom field/,
    );
    assert.equal((await boss.post('/admin/fields/custom/new', form)).status, 303);
    const rows = () => hermes.db('custom_field').select('id', 'machine_name', 'name', 'pipedrive_key');
    const [made] = (await rows()) as { id: number; machine_name: string; pipedrive_key: string }[];
    assert.ok(made);
    assert.deepEqual([made.machine_name, made.pipedrive_key], ['utm_medium', key]);
    const at = `/admin/fields/custom/${made.id}`;
    assert.match((await boss.get(at)).html, /value="UTM medium"/);
    assert.equal((await boss.post(at, { ...form, name: 'Medium', machine_name: 'other' })).status, 303);
    assert.deepEqual(await rows(), [
      { id: made.id, machine_name: 'utm_medium', name: 'Medium', pipedrive_key: key },
    ]);
    assert.equal((await boss.post(`${at}/delete`)).status, 303);
    assert.deepEqual(await rows(), []);
    assert.equal((await boss.get(at)).status, 404);
  });
});
