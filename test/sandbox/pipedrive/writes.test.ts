import assert from 'node:assert/strict';
import { assertRefused, usePeer } from './support.ts';

describe('sandbox/pipedrive: writes', () => {
  const { sandbox, call } = usePeer();

  it('answers a create with 200', async () => {
    const answer = await call('POST', '/organizations', { name: 'Harbour Tutors' });
    assert.equal(answer.status, 200);
    assert.equal(answer.data['name'], 'Harbour Tutors');
    assert.match(String(answer.data['add_time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('knows PATCH, not PUT, and no path with a final slash', async () => {
    const { data } = await call('POST', '/organizations', { name: 'Harbour Tutors' });
    const path = `/organizations/${String(data['id'])}`;
    assert.equal((await call('PATCH', path, { name: 'Harbour Tuition' })).status, 200);
    assert.equal((await call('PUT', path, { name: 'Harbour Tuition' })).status, 404);
    assert.equal((await call('GET', '/organizations/')).status, 404);
  });

  it('takes JSON only', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    assertRefused(await call('POST', '/organizations', 'name=Harbour', form), 'not valid JSON');
    assertRefused(await call('POST', '/organizations', '{"name":'), 'not valid JSON');
    assertRefused(await call('POST', '/organizations', '"Harbour"'), "not a valid 'object'");
  });

  it('refuses unknown keys, and a custom hash at top level', async () => {
    sandbox.seed({ fields: { organization: [{ field_name: 'hermes_id', field_type: 'varchar' }] } });
    const code = sandbox.fieldCode('organization', 'hermes_id');
    assertRefused(await call('POST', '/organizations', { name: 'Harbour', colour: 'red' }), "'colour'");
    assertRefused(await call('POST', '/organizations', { name: 'Harbour', [code]: '42' }), code);
  });

  it('refuses a missing, empty or mistyped name or title', async () => {
    assertRefused(await call('POST', '/organizations', {}), 'name: A value is required');
    assertRefused(await call('POST', '/organizations', { name: ' ' }), 'name');
    assertRefused(await call('POST', '/organizations', { name: 7 }), "not a valid 'string'");
    assertRefused(await call('POST', '/persons', { emails: [] }), 'name: A value is required');
    assertRefused(await call('POST', '/deals', {}), 'title: A value is required');
  });

  it('refuses numbers and booleans that are strings', async () => {
    assertRefused(
      await call('POST', '/organizations', { name: 'Harbour', owner_id: '101' }),
      "owner_id: The value is not a valid 'number'",
    );
    assertRefused(await call('POST', '/deals', { title: 'Harbour', value: '10' }), "not a valid 'number'");
    assertRefused(
      await call('POST', '/activities', { subject: 'Call', type: 'meeting', done: 'true' }),
      "not a valid 'boolean'",
    );
  });

  it('refuses unknown owners, deactivated ones, and unknown records', async () => {
    sandbox.seed({
      users: [{ id: 150, name: 'Former', email: 'former@acme.example', active_flag: false }],
      organizations: [{ id: 20, name: 'Harbour Tutors', is_deleted: true }],
    });
    assertRefused(await call('POST', '/organizations', { name: 'Harbour', owner_id: 9 }), 'User not found');
    assertRefused(await call('POST', '/organizations', { name: 'Harbour', owner_id: 150 }), 'User not found');
    assertRefused(await call('POST', '/persons', { name: 'Nell', org_id: 20 }), 'Organization not found');
    assertRefused(await call('POST', '/deals', { title: 'Harbour', person_id: 8 }), 'Person not found');
    assertRefused(await call('POST', '/deals', { title: 'Harbour', stage_id: 99 }), 'Stage not found');
    assertRefused(await call('POST', '/deals', { title: 'Harbour', pipeline_id: 99 }), 'Pipeline not found');
  });

  it('makes the caller the owner when none is named', async () => {
    assert.equal((await call('POST', '/organizations', { name: 'Harbour' })).data['owner_id'], 100);
  });

  it('refuses built-in keys whose feature is off', async () => {
    assertRefused(
      await call('POST', '/organizations', { name: 'Harbour', website: 'x.example' }),
      "'website'",
    );
    const person = await call('POST', '/persons', { name: 'Nell Harbour', job_title: 'Head' });
    assert.equal(person.status, 403);
    assert.equal(person.body['success'], false);
    sandbox.settings.organizationProfile = true;
    const { data } = await call('POST', '/organizations', { name: 'Harbour', website: 'x.example' });
    assert.equal(data['website'], 'x.example');
  });

  it('moves update_time with every write', async () => {
    sandbox.settings.distinctUpdateTimes = true;
    const { data } = await call('POST', '/organizations', { name: 'Harbour' });
    const changed = await call('PATCH', `/organizations/${String(data['id'])}`, { name: 'Harbour' });
    assert.ok(String(changed.data['update_time']) > String(data['update_time']));
  });

  describe('addresses', () => {
    it('need a value, as an object', async () => {
      assertRefused(
        await call('POST', '/organizations', { name: 'Harbour', address: { country: 'GB' } }),
        'address.value: A value is required',
      );
      assertRefused(await call('POST', '/organizations', { name: 'Harbour', address: 'GB' }), 'address');
      assertRefused(
        await call('POST', '/organizations', { name: 'Harbour', address: { value: 'GB', town: 'Hull' } }),
        "address: Unknown key 'town'",
      );
    });

    it('lose the parts that a PATCH leaves out', async () => {
      const { data } = await call('POST', '/organizations', {
        name: 'Harbour',
        address: { value: '1 Quay, Hull', country: 'GB', locality: 'Hull' },
      });
      const path = `/organizations/${String(data['id'])}`;
      const changed = await call('PATCH', path, { address: { value: '1 Quay', country: 'GB' } });
      assert.deepEqual(changed.data['address'], {
        value: '1 Quay',
        country: 'GB',
        admin_area_level_1: null,
        admin_area_level_2: null,
        locality: null,
        sublocality: null,
        route: null,
        street_number: null,
        subpremise: null,
        postal_code: null,
        formatted_address: '1 Quay',
      });
    });
  });

  describe('persons', () => {
    it('take a name or its parts, never both', async () => {
      assertRefused(
        await call('POST', '/persons', { name: 'Nell Harbour', first_name: 'Nell' }),
        'first_name',
      );
      const { data } = await call('POST', '/persons', { first_name: 'Nell', last_name: 'Harbour' });
      assert.equal(data['name'], 'Nell Harbour');
      const path = `/persons/${String(data['id'])}`;
      assert.equal((await call('PATCH', path, { last_name: 'Quay' })).data['name'], 'Nell Quay');
      const renamed = await call('PATCH', path, { name: 'Nell van Harbour' });
      assert.equal(renamed.data['first_name'], 'Nell');
      assert.equal(renamed.data['last_name'], 'van Harbour');
    });

    it('keep one primary e-mail: the last marked one, else the first', async () => {
      const marked = await call('POST', '/persons', {
        name: 'Nell Harbour',
        emails: [
          { value: 'a@harbour.example', primary: true },
          { value: 'b@harbour.example', primary: true, label: 'home' },
        ],
        phones: [{ value: '+44 20 7946 0000' }, { value: '+44 20 7946 0001' }],
      });
      assert.deepEqual(marked.data['emails'], [
        { value: 'a@harbour.example', primary: false, label: 'work' },
        { value: 'b@harbour.example', primary: true, label: 'home' },
      ]);
      assert.deepEqual(
        (marked.data['phones'] as { primary: boolean }[]).map(({ primary }) => primary),
        [true, false],
      );
    });

    it('have their e-mails replaced as a whole', async () => {
      const { data } = await call('POST', '/persons', {
        name: 'Nell Harbour',
        emails: [{ value: 'a@harbour.example' }, { value: 'b@harbour.example' }],
      });
      const changed = await call('PATCH', `/persons/${String(data['id'])}`, {
        emails: [{ value: 'c@harbour.example' }],
      });
      assert.deepEqual(changed.data['emails'], [
        { value: 'c@harbour.example', primary: true, label: 'work' },
      ]);
    });

    it('refuse an e-mail that is text, has no value or has unknown keys', async () => {
      const emails = (value: unknown) => call('POST', '/persons', { name: 'Nell', emails: value });
      assertRefused(await emails(['a@harbour.example']), 'emails.0');
      assertRefused(await emails([{ label: 'work' }]), 'emails.0.value');
      assertRefused(await emails([{ value: 'a@harbour.example', primary_flag: true }]), "'primary_flag'");
    });
  });

  describe('deals', () => {
    it('go to the first stage of the pipeline, or of the default pipeline', async () => {
      const place = async (body: object) => {
        const { data } = await call('POST', '/deals', { title: 'Harbour', ...body });
        return [data['pipeline_id'], data['stage_id']];
      };
      assert.deepEqual(await place({}), [1, 11]);
      assert.deepEqual(await place({ pipeline_id: 2 }), [2, 21]);
      assert.deepEqual(await place({ stage_id: 32 }), [3, 32]);
    });

    it('refuse a stage of another pipeline', async () => {
      assertRefused(
        await call('POST', '/deals', { title: 'Harbour', pipeline_id: 1, stage_id: 21 }),
        'stage_id',
      );
      const { data } = await call('POST', '/deals', { title: 'Harbour' });
      const path = `/deals/${String(data['id'])}`;
      assertRefused(await call('PATCH', path, { stage_id: 21 }), 'stage_id');
      const moved = await call('PATCH', path, { pipeline_id: 2, stage_id: 22 });
      assert.equal(moved.data['stage_id'], 22);
      assert.notEqual(moved.data['stage_change_time'], null);
      sandbox.settings.moveAcrossPipelines = true;
      assert.equal((await call('PATCH', path, { stage_id: 31 })).data['pipeline_id'], 3);
    });

    it('take a lost reason and closing times only with their status', async () => {
      const time = '2026-11-20T10:00:00Z';
      assertRefused(await call('POST', '/deals', { title: 'Harbour', lost_reason: 'Price' }), 'lost_reason');
      assertRefused(await call('POST', '/deals', { title: 'Harbour', won_time: time }), 'won_time');
      assertRefused(await call('POST', '/deals', { title: 'Harbour', close_time: time }), 'close_time');
      const { data } = await call('POST', '/deals', { title: 'Harbour' });
      const path = `/deals/${String(data['id'])}`;
      const lost = await call('PATCH', path, { status: 'lost', lost_reason: 'Price' });
      assert.equal(lost.data['lost_reason'], 'Price');
      assert.notEqual(lost.data['lost_time'], null);
      const reopened = await call('PATCH', path, { status: 'open' });
      assert.deepEqual([reopened.data['lost_time'], reopened.data['lost_reason']], [null, null]);
    });

    it('cannot be deleted by a PATCH', async () => {
      const { data } = await call('POST', '/deals', { title: 'Harbour' });
      const path = `/deals/${String(data['id'])}`;
      assertRefused(await call('PATCH', path, { is_deleted: true }), 'is_deleted');
      assertRefused(await call('PATCH', path, { status: 'deleted' }), 'status');
    });

    it('refuse null for expected_close_date and store an empty text as 0000-00-00', async () => {
      const { data } = await call('POST', '/deals', { title: 'Harbour' });
      const path = `/deals/${String(data['id'])}`;
      assertRefused(await call('PATCH', path, { expected_close_date: null }), "not a valid 'string'");
      const emptied = await call('PATCH', path, { expected_close_date: '' });
      assert.equal(emptied.data['expected_close_date'], '0000-00-00');
    });

    it('refuse add_time, and cannot be edited once archived', async () => {
      assertRefused(
        await call('POST', '/deals', { title: 'Harbour', add_time: '2026-11-20T10:00:00Z' }),
        "'add_time'",
      );
      const { data } = await call('POST', '/deals', { title: 'Harbour', is_archived: true });
      assertRefused(await call('PATCH', `/deals/${String(data['id'])}`, { title: 'Quay' }), 'archived');
      assert.deepEqual((await call('GET', '/deals')).rows, []);
      assert.equal((await call('GET', '/deals/archived')).rows.length, 1);
    });
  });

  describe('activities', () => {
    const meeting = { subject: 'Sales call', type: 'meeting' };

    it('take HH:MM and answer with seconds', async () => {
      const { data } = await call('POST', '/activities', {
        ...meeting,
        due_date: '2026-12-01',
        due_time: '14:00',
        duration: '00:30',
      });
      assert.equal(data['due_time'], '14:00:00');
      sandbox.settings.activitySeconds = false;
      const path = `/activities/${String(data['id'])}`;
      assert.equal((await call('GET', path)).data['duration'], '00:30');
    });

    it('have no custom fields, and no person_id to write', async () => {
      assertRefused(await call('POST', '/activities', { ...meeting, custom_fields: {} }), "'custom_fields'");
      assertRefused(await call('POST', '/activities', { ...meeting, person_id: 7 }), "'person_id'");
      sandbox.seed({ persons: [{ id: 7, name: 'Nell Harbour' }] });
      const { data } = await call('POST', '/activities', { ...meeting, participants: [{ person_id: 7 }] });
      assert.equal(data['person_id'], 7);
      assert.deepEqual(data['participants'], [{ person_id: 7, primary: true }]);
    });

    it('refuse an unknown type, a local time and a missing subject', async () => {
      assertRefused(await call('POST', '/activities', { subject: 'Call', type: 'chat' }), "'chat'");
      assertRefused(await call('POST', '/activities', { ...meeting, due_time: '2 pm' }), 'due_time');
      assertRefused(await call('POST', '/activities', { type: 'meeting' }), 'subject');
    });
  });

  describe('pipelines and stages', () => {
    it('are written by administrators', async () => {
      sandbox.seed({ users: [{ id: 150, name: 'Sales', email: 'sales@acme.example', token: 'plain' }] });
      const pipeline = { name: 'Trial' };
      const refused = await call('POST', '/pipelines', pipeline, { 'x-api-token': 'plain' });
      assert.equal(refused.status, 403);
      const { data } = await call('POST', '/pipelines', pipeline);
      assert.equal(data['order_nr'], 4);
      const stage = await call('POST', '/stages', { name: 'New', pipeline_id: data['id'] });
      assert.deepEqual([stage.data['order_nr'], stage.data['update_time']], [1, null]);
    });
  });
});
