import assert from 'node:assert/strict';
import { createLogger } from '../../observability/logger.ts';
import { lazyClient } from '../../temporal/connection.ts';
import { wakeParked } from '../../worker/wake.ts';
import { useDatabase } from '../support/database.ts';
import { createTestNamespace } from '../support/namespace.ts';
import { stack } from '../support/stack.ts';

describe('worker/wake', () => {
  const database = useDatabase(1);
  const logger = createLogger({ level: 'silent', process: 'test' });

  it('wakes every parked run, however many there are', async () => {
    const { temporalAddress } = await stack();
    const temporal = lazyClient({
      connectionOptions: { address: temporalAddress },
      namespace: await createTestNamespace(),
    });
    // Their runs are gone: that must not keep the others from being woken.
    await database.db.raw(`
      insert into webhook (source, dedupe_key, type, subject, summary, body_hash, workflow_id, outcome, waiting_for)
        select 'pipedrive', n, 'PdOrganizationUpdated', 'organization-' || n, n, '', 'pd-organization-' || n, 'parked', 'owner:999'
        from generate_series(1, 501) as n`);
    assert.equal(await wakeParked(database.db, temporal.client, logger), 501);
    await temporal.close();
  });
});
