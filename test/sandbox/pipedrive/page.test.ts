import assert from 'node:assert/strict';
import { usePeer, useReceiver, type Json } from './support.ts';

describe('sandbox/pipedrive: page and control routes', () => {
  const { sandbox, call, url } = usePeer();
  const receiver = useReceiver();
  const code = 'a'.repeat(40);

  beforeEach(() =>
    sandbox.seed({
      fields: { organization: [{ field_name: 'hermes_id', field_type: 'varchar', field_code: code }] },
      organizations: [{ id: 20, name: 'Harbour <b>Tutors</b>', custom_fields: { [code]: '42' } }],
      persons: [{ id: 7, name: 'Nell Harbour', org_id: 20, emails: [{ value: 'nell@harbour.example' }] }],
      deals: [{ id: 9, title: 'Harbour deal', org_id: 20, person_id: 7 }],
      activities: [{ id: 3, subject: 'Sales call', type: 'meeting', org_id: 20, deal_id: 9 }],
    }),
  );

  const rename = (name: string): Promise<Response> =>
    fetch(`${url()}/organizations/20/rename`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ name }),
    });

  it('shows records, escaped, with names of fields and links between them', async () => {
    await call('GET', '/organizations/20');
    const { text, status } = await call('GET', '/');
    assert.equal(status, 200);
    assert.ok(text.includes('Harbour &lt;b&gt;Tutors&lt;/b&gt;'));
    assert.ok(!text.includes('<b>Tutors'));
    assert.ok(text.includes('hermes_id') && !text.includes(code));
    assert.ok(text.includes('href="#organization-20"') && text.includes('id="organization-20"'));
    for (const shown of ['Nell Harbour', 'Harbour deal', 'Sales call', 'PAYG', '/api/v2/organizations/20']) {
      assert.ok(text.includes(shown), shown);
    }
  });

  it('shows options by their labels', async () => {
    const plan = 'b'.repeat(40);
    const options = [{ id: 204, label: 'Enterprise' }];
    sandbox.seed({
      fields: { deal: [{ field_name: 'Plan', field_type: 'enum', field_code: plan, options }] },
      deals: [{ id: 10, title: 'Quay deal', custom_fields: { [plan]: 204 } }],
    });
    const { text } = await call('GET', '/');
    assert.match(text, /<dt>Plan<\/dt>\s*<dd>Enterprise<\/dd>/);
  });

  it('has the addresses of the web application, which other systems link to', async () => {
    for (const address of ['organization/20/', 'organization/20', 'person/7', 'deal/9']) {
      const answer = await fetch(`${url()}/${address}`, { redirect: 'manual' });
      assert.equal(answer.status, 302);
      assert.equal(answer.headers.get('location'), `/#${address.replace(/\/$/, '').replace('/', '-')}`);
    }
  });

  it('is not in the request log', async () => {
    await call('GET', '/');
    assert.deepEqual(sandbox.requests.entries, []);
  });

  it('renames an organization as a salesperson', async () => {
    const target = { subscription_url: receiver.url(), event_action: '*', event_object: 'organization' };
    await call('POST', '/api/v1/webhooks', { ...target, name: 'Hermes' });
    const answer = await rename('Harbour Tuition');
    assert.deepEqual([answer.status, answer.headers.get('location')], [303, '/#organization-20']);
    await sandbox.webhooks.delivery.idle();
    const [event] = receiver.received;
    assert.deepEqual(
      [event?.body.data?.['name'], event?.body.meta['change_source'], event?.body.meta['user_id']],
      ['Harbour Tuition', 'app', '101'],
    );
    assert.equal((await rename('')).status, 400);
  });

  describe('control routes', () => {
    it('seed, show and reset the account', async () => {
      const seed = { organizations: [{ id: 30, name: 'Quay Tutors' }] };
      assert.equal((await call('POST', '/_sandbox/seed', seed)).status, 200);
      const state = (await call('GET', '/_sandbox/state')).body;
      assert.deepEqual(
        (state['organizations'] as Json[]).map(({ id }) => id),
        [20, 30],
      );
      assert.equal((await call('POST', '/_sandbox/seed', { companies: [] })).status, 422);
      const refused = await call('POST', '/_sandbox/seed', { organizations: [{ title: 'Quay' }] });
      assert.equal(refused.status, 422);
      assert.equal((await call('POST', '/_sandbox/reset')).status, 204);
      assert.equal(sandbox.organizations.size, 0);
    });

    it('change known settings', async () => {
      const changed = await call('PATCH', '/_sandbox/settings', {
        burstLimit: 0,
        webhooks: { duplicates: 1 },
      });
      assert.equal(changed.status, 200);
      assert.deepEqual([sandbox.settings.burstLimit, sandbox.settings.webhooks.duplicates], [0, 1]);
      assert.equal(sandbox.settings.webhooks.timeoutMs, 10_000);
      assert.equal((await call('GET', '/pipelines')).status, 429);
      assert.equal((await call('PATCH', '/_sandbox/settings', { burst: 1 })).status, 422);
      assert.equal((await call('PATCH', '/_sandbox/settings', { burstLimit: '1' })).status, 422);
    });

    it('act as the web application does', async () => {
      const made = await call('POST', '/_sandbox/app/organization', { name: 'Quay Tutors' });
      const id = String(made.body['id']);
      const renamed = await call('PATCH', `/_sandbox/app/organization/${id}`, { name: 'Quay' });
      assert.equal(renamed.body['name'], 'Quay');
      assert.equal((await call('PATCH', '/_sandbox/app/organization/99', { name: 'Quay' })).status, 404);
      await call('POST', '/_sandbox/app/organization/20/merge', { loser_id: Number(id) });
      assert.equal(sandbox.organizations.get(Number(id))?.is_deleted, true);
      assert.equal((await call('DELETE', '/_sandbox/app/organization/20')).status, 200);
      assert.equal(sandbox.organizations.get(20)?.is_deleted, true);
    });

    it('show what was delivered, and are not logged', async () => {
      const target = { subscription_url: receiver.url(), event_action: '*', event_object: 'organization' };
      await call('POST', '/api/v1/webhooks', { ...target, name: 'Hermes' });
      await call('PATCH', '/_sandbox/app/organization/20', { name: 'Quay' });
      await call('POST', '/_sandbox/webhooks/flush');
      const { body } = await call('GET', '/_sandbox/webhooks/deliveries');
      assert.equal((body['deliveries'] as Json[])[0]?.['state'], 'delivered');
      assert.equal(sandbox.requests.entries.length, 1);
    });

    it('let time pass', async () => {
      await call('DELETE', '/organizations/20');
      await call('POST', '/_sandbox/clock', { advance_ms: 31 * 24 * 60 * 60_000 });
      sandbox.settings.goneStyle = '200-is_deleted';
      assert.equal((await call('GET', '/organizations/20')).status, 404);
    });
  });
});
