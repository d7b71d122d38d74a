/** A Temporal namespace of its own for a test file, so that ids, queues and counts of runs are its own too. */
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { searchAttributeNames } from '../../temporal/searchAttributes.ts';
import { stack } from './stack.ts';

/** temporal.api.enums.v1.IndexedValueType. */
const keywordType = 2;

const retention = { seconds: 24 * 60 * 60 };

/** The namespace's caches are filled on the first read, which may come before the write is visible. */
const eventually = async <T>(work: () => Promise<T>): Promise<T> => {
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await wait(20);
    }
  }
};

/**
 * Registers a namespace with Hermes's search attributes. It is usable when this returns, after about 50 ms. Nothing has to
 * be undone: it goes with the server at the end of the test process.
 *
 * @returns its name, for TEMPORAL_NAMESPACE or a Client's or Worker's `namespace`
 */
export const createTestNamespace = async (): Promise<string> => {
  const namespace = `test-${randomUUID()}`;
  const connection = await Connection.connect({ address: (await stack()).temporalAddress });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: retention as never,
    });
    await eventually(() =>
      connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(searchAttributeNames.map((name) => [name, keywordType])),
      }),
    );
    // A query by each of them fails until the frontend knows them.
    const query = searchAttributeNames.map((name) => `${name} = 'none'`).join(' OR ');
    await eventually(() => connection.workflowService.countWorkflowExecutions({ namespace, query }));
    return namespace;
  } finally {
    await connection.close();
  }
};
