import assert from 'node:assert/strict';
import { createTc2Client } from '../../../clients/tc2/client.ts';
import { createTc2Sandbox } from '../../../sandbox/tc2/index.ts';
import type { Listening } from '../../../sandbox/common/listen.ts';
import { dataOf, failureOf } from '../results.ts';

describe('clients/tc2 with the sandbox', () => {
  const sandbox = createTc2Sandbox();
  let listening: Listening;
  before(async () => {
    listening = await sandbox.listen();
  });
  after(() => listening.close());
  beforeEach(() => sandbox.reset());

  const client = (apiKey = sandbox.settings.apiKey) => createTc2Client({ baseUrl: listening.url, apiKey });

  for (const shape of ['V1', 'V2'] as const) {
    it(`TCW-02: writes four attributes and nothing else of a client (${shape})`, async () => {
      sandbox.settings.shape = shape;
      const { id } = sandbox.createClient();
      const before = dataOf(await client().getClient(id));
      dataOf(
        await client().updateClient(id, {
          extra_attrs: {
            pipedrive_url: 'https://acme.pipedrive.com/organization/20/',
            pipedrive_id: '20',
            pipedrive_deal_stage: 'New',
            pipedrive_pipeline: 'PAYG',
          },
        }),
      );
      const { extra_attrs: attributes, ...rest } = dataOf(await client().getClient(id));
      const { extra_attrs: _, ...restBefore } = before;
      assert.deepEqual(rest, restBefore);
      assert.ok(Array.isArray(attributes));
      const text = JSON.stringify(attributes);
      for (const name of ['pipedrive_url', 'pipedrive_id', 'pipedrive_deal_stage', 'pipedrive_pipeline']) {
        assert.ok(text.includes(`"${name}"`), name);
      }
    });
  }

  it('a deleted client is gone', async () => {
    const { id } = sandbox.createClient();
    sandbox.deleteClient(id);
    assert.equal(failureOf(await client().getClient(id)).kind, 'gone');
  });

  it('a wrong key is unauthorised', async () => {
    const { id } = sandbox.createClient();
    assert.equal(failureOf(await client('wrong').getClient(id)).kind, 'unauthorised');
  });

  it('an attribute that does not exist is refused by name', async () => {
    const { id } = sandbox.createClient();
    const failure = failureOf(await client().updateClient(id, { extra_attrs: { no_such_attribute: '1' } }));
    assert.equal(failure.kind, 'refused');
    assert.ok(
      failure.fields?.some((field) => field.startsWith('extra_attrs')),
      failure.summary,
    );
  });

  it('over the limit it is told when to come back', async () => {
    const { id } = sandbox.createClient();
    sandbox.settings.rateLimit = { requests: 1, seconds: 60 };
    dataOf(await client().getClient(id));
    const failure = failureOf(await client().getClient(id));
    sandbox.settings.rateLimit = null;
    assert.equal(failure.kind, 'throttled');
    assert.ok((failure.retryAfterMs ?? 0) > 0);
  });

  it('an answer lost after the write: may have happened, and had', async () => {
    const { id } = sandbox.createClient();
    sandbox.faults.add({ kind: 'dropAfter', method: 'POST' });
    const failure = failureOf(await client().updateClient(id, { extra_attrs: { pipedrive_id: '20' } }));
    assert.deepEqual([failure.kind, failure.mayHaveHappened], ['transient', true]);
    assert.ok(JSON.stringify(sandbox.state.clients.get(id)?.extra_attrs).includes('"pipedrive_id"'));
  });
});
