import assert from 'node:assert/strict';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { sourceAttribute } from '../../temporal/searchAttributes.ts';
import { createTestDatabase } from '../support/database.ts';
import { createTestNamespace } from '../support/namespace.ts';
import { stack } from '../support/stack.ts';

describe('what the tests stand on', () => {
  it('makes a migrated database for each caller and drops it', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    const client = new pg.Client({ connectionString: one.url });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ name: string }>('select current_database() as name');
    assert.equal(rows[0]?.name, one.name);
    assert.notEqual(one.name, two.name);
    await client.query('select * from company');
    await Promise.all([one.drop(), two.drop()]);
    await assert.rejects(client.query('select 1'));
    await client.end().catch(() => undefined);
  });

  it('makes a Temporal namespace that takes search attributes at once', async () => {
    const { temporalAddress } = await stack();
    const connection = await Connection.connect({ address: temporalAddress });
    try {
      for (const namespace of [await createTestNamespace(), await createTestNamespace()]) {
        const client = new Client({ connection, namespace });
        const handle = await client.workflow.start('nobodyRunsIt', {
          workflowId: 'one',
          taskQueue: 'nobody',
          typedSearchAttributes: [{ key: sourceAttribute, value: 'tc2' }],
        });
        await handle.terminate();
      }
    } finally {
      await connection.close();
    }
  });
});
