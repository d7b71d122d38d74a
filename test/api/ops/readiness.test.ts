import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Connection, type Client } from '@temporalio/client';
import { startApi } from '../../../api/start.ts';
import { migrate } from '../../../db/migrate.ts';
import { readEnvironment } from '../../../environment/environment.ts';
import { createLogger } from '../../../observability/logger.ts';
import { lazyClient } from '../../../temporal/connection.ts';
import { searchAttributeNames } from '../../../temporal/searchAttributes.ts';
import { createEmptyDatabase, createTestDatabase } from '../../support/database.ts';
import { eventually } from '../../support/hermes.ts';
import { createTestNamespace } from '../../support/namespace.ts';
import { stack } from '../../support/stack.ts';

/** An API alone, on a namespace that nothing was done to. */
const withApi = async (
  namespace: string,
  act: (ask: () => Promise<Response>) => Promise<void>,
  ownWorker?: (client: Client) => Client | null,
) => {
  const [database, { temporalAddress: address }] = await Promise.all([createTestDatabase(), stack()]);
  const temporal = lazyClient({ connectionOptions: { address }, namespace });
  const environment = readEnvironment({ DATABASE_URL: database.url, HOST: '127.0.0.1', PORT: '0' });
  const logger = createLogger({ level: 'silent', process: 'test' });
  const worker = ownWorker === undefined ? undefined : () => ownWorker(temporal.client);
  const api = await startApi(environment, temporal.client, logger, worker);
  try {
    await act(() => fetch(`http://127.0.0.1:${api.port}/readyz`));
  } finally {
    await api.stop();
    await temporal.close();
  }
};

describe('GET /readyz', () => {
  it('says ready only when runs can be started: the API registers the search attributes that they start with', async () => {
    const namespace = `test-${randomUUID()}`;
    const connection = await Connection.connect({ address: (await stack()).temporalAddress });
    try {
      await connection.workflowService.registerNamespace({
        namespace,
        workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
      });
      await withApi(namespace, async (ask) => {
        await eventually('it is ready', async () => (await ask()).status === 200);
        const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
        assert.deepEqual(
          searchAttributeNames.filter((name) => !(name in customAttributes)),
          [],
        );
      });
    } finally {
      await connection.close();
    }
  });

  it('names a namespace that the server does not know', async () => {
    await withApi(`absent-${randomUUID()}`, async (ask) => {
      const answer = await ask();
      assert.equal(answer.status, 503);
      assert.deepEqual(await answer.json(), {
        status: 'error',
        message: 'Not ready: Temporal unprepared',
        database: 'ok',
        temporal: 'unprepared',
      });
    });
  });

  it('is not ready on a schema that is older than itself, until that is migrated', async () => {
    const [empty, { temporalAddress: address }] = await Promise.all([createEmptyDatabase(), stack()]);
    const temporal = lazyClient({ connectionOptions: { address }, namespace: await createTestNamespace() });
    const environment = readEnvironment({ DATABASE_URL: empty.url, HOST: '127.0.0.1', PORT: '0' });
    const api = await startApi(
      environment,
      temporal.client,
      createLogger({ level: 'silent', process: 'test' }),
    );
    const ask = () => fetch(`http://127.0.0.1:${api.port}/readyz`);
    try {
      const answer = await ask();
      assert.equal(answer.status, 503);
      assert.equal(((await answer.json()) as { database: string }).database, 'unmigrated');
      await migrate(empty.url);
      await eventually('it is ready', async () => (await ask()).status === 200);
    } finally {
      await api.stop();
      await temporal.close();
      await empty.drop();
    }
  });

  it('waits for the worker of its own process, which a booking needs for its answer', async () => {
    let running = false;
    await withApi(
      await createTestNamespace(),
      async (ask) => {
        assert.equal((await ask()).status, 503);
        running = true;
        await eventually('it is ready', async () => (await ask()).status === 200);
      },
      (client) => (running ? client : null),
    );
  });
});
