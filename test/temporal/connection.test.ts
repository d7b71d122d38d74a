import assert from 'node:assert/strict';
import { lazyClient } from '../../temporal/connection.ts';

describe('temporal/connection', () => {
  it('closes while calls to a server that is away are about to be repeated', async () => {
    const temporal = lazyClient({
      connectionOptions: { address: '127.0.0.1:1' },
      namespace: 'default',
    });
    const { client } = temporal;
    let settled = false;
    const asked = client.workflowService
      .getSystemInfo({})
      .catch((error: unknown) => error)
      .finally(() => (settled = true));
    // Long enough for the first try to fail: the second is due then.
    await client.withDeadline(Date.now() + 300, () =>
      client.workflowService.getSystemInfo({}).catch(() => undefined),
    );
    assert.equal(settled, false);
    await temporal.close();
    assert.ok((await asked) instanceof Error);
  });
});
