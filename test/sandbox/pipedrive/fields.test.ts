import assert from 'node:assert/strict';
import { assertRefused, usePeer, type Json } from './support.ts';

describe('sandbox/pipedrive: fields', () => {
  const { sandbox, call } = usePeer();

  it('are built in or custom; custom ones have a hash of 40 characters', async () => {
    const { data, status } = await call('POST', '/organizationFields', {
      field_name: 'hermes_id',
      field_type: 'varchar',
    });
    assert.equal(status, 200);
    assert.match(String(data['field_code']), /^[0-9a-f]{40}$/);
    const { rows } = await call('GET', '/organizationFields?limit=500');
    const name = rows.find((field) => field['field_code'] === 'name');
    assert.equal(name?.['is_custom_field'], false);
    const own = rows.find((field) => field['field_name'] === 'hermes_id');
    assert.deepEqual([own?.['is_custom_field'], own?.['options']], [true, null]);
    const one = await call('GET', `/organizationFields/${String(data['field_code'])}`);
    assert.deepEqual(one.data, data);
  });

  it('page with a cursor', async () => {
    const all = (await call('GET', '/dealFields?limit=500')).rows;
    const first = await call('GET', '/dealFields?limit=10');
    const cursor = encodeURIComponent(String((first.body['additional_data'] as Json)['next_cursor']));
    const rest = await call('GET', `/dealFields?limit=500&cursor=${cursor}`);
    assert.deepEqual([...first.rows, ...rest.rows], all);
  });

  it('need a type that can be made, and options where the type has them', async () => {
    const make = (body: object) => call('POST', '/personFields', body);
    assertRefused(await make({ field_name: 'x' }), 'field_type');
    assertRefused(await make({ field_name: 'x', field_type: 'url' }), 'field_type');
    assertRefused(await make({ field_name: 'x', field_type: 'int' }), 'field_type');
    assertRefused(await make({ field_name: 'x', field_type: 'enum' }), 'options');
    assertRefused(await make({ field_name: 'x', field_type: 'text', options: [{ label: 'a' }] }), 'options');
    assertRefused(await make({ field_name: 'x', field_type: 'text', name: 'y' }), "'name'");
  });

  it('change their options all or nothing', async () => {
    const { data } = await call('POST', '/dealFields', {
      field_name: 'plan',
      field_type: 'enum',
      options: [{ label: 'payg' }],
    });
    const path = `/dealFields/${String(data['field_code'])}/options`;
    const [option] = data['options'] as { id: number }[];
    assert.ok(option);
    const added = await call('POST', path, [{ label: 'startup' }]);
    assert.equal(added.rows[0]?.['label'], 'startup');
    const refused = await call('PATCH', path, [
      { id: option.id, label: 'PAYG' },
      { id: 999, label: 'x' },
    ]);
    assertRefused(refused, '999');
    const { options } = (await call('GET', `/dealFields/${String(data['field_code'])}`)).data;
    assert.deepEqual(
      (options as { label: string }[]).map(({ label }) => label),
      ['payg', 'startup'],
    );
    assertRefused(await call('POST', path, { label: 'enterprise' }), "'array'");
  });

  it('keep code and type; built-in ones cannot be changed', async () => {
    const { data } = await call('POST', '/dealFields', { field_name: 'a', field_type: 'varchar' });
    const path = `/dealFields/${String(data['field_code'])}`;
    assertRefused(await call('PATCH', path, { field_type: 'text' }), "'field_type'");
    assert.equal((await call('PATCH', path, { field_name: 'b' })).data['field_name'], 'b');
    assert.equal((await call('PATCH', '/dealFields/title', { field_name: 'b' })).status, 403);
    assert.equal((await call('DELETE', path)).status, 200);
    assert.equal((await call('GET', path)).status, 404);
  });

  it('need an administrator to be written, and are read only for activities', async () => {
    sandbox.seed({ users: [{ id: 150, name: 'Sales', email: 'sales@acme.example', token: 'plain' }] });
    const body = { field_name: 'a', field_type: 'varchar' };
    assert.equal((await call('POST', '/dealFields', body, { 'x-api-token': 'plain' })).status, 403);
    assert.equal((await call('GET', '/activityFields')).status, 200);
    assert.equal((await call('POST', '/activityFields', body)).status, 404);
  });
});
