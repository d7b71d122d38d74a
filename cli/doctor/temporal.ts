import { Connection } from '@temporalio/client';
import { temporalAddress } from '../../temporal/connection.ts';
import { searchAttributeNames } from '../../temporal/searchAttributes.ts';
import { taskQueues } from '../../temporal/taskQueues.ts';
import { fail, ok, warn, type Check, type Said } from './finding.ts';
import { releaseSaid } from './release.ts';

/** temporal.api.enums.v1.TaskQueueType. */
const queueTypes = { workflow: 1, activity: 2 } as const;

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;

/** gRPC's NOT_FOUND. */
const notFound = 5;

const attributesSaid = async (connection: Connection, namespace: string): Promise<Said> => {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = searchAttributeNames.filter((name) => !(name in customAttributes));
    if (missing.length === 0) return ok('The search attributes are registered.');
    return fail(
      `The search attributes ${missing.join(', ')} are missing.`,
      `The worker registers them when it starts, where the server lets it; else add them by hand, all of type Keyword.`,
    );
  } catch {
    // Temporal Cloud does not let this be asked with a namespace's key.
    return warn(
      'The server does not tell its search attributes.',
      `See that the namespace has ${searchAttributeNames.join(', ')}, all of type Keyword.`,
    );
  }
};

const queueSaid = async (connection: Connection, namespace: string, name: string): Promise<string | null> => {
  const kind = name === taskQueues.hermes ? queueTypes.workflow : queueTypes.activity;
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name },
    taskQueueType: kind,
  });
  return (pollers ?? []).length === 0 ? name : null;
};

/** Temporal answers, knows the namespace and the search attributes, and workers ask it for work. */
export const temporalCheck: Check = {
  area: 'Temporal',
  needsDatabase: false,
  look: async ({ settings }) => {
    const { connectionOptions, namespace } = temporalAddress({ ...settings });
    const address = connectionOptions.address ?? 'localhost:7233';
    let connection: Connection;
    try {
      connection = await Connection.connect({ ...connectionOptions, connectTimeout: '5s' });
    } catch {
      return [
        fail(
          `Temporal does not answer at ${address}: webhooks are taken, but nothing is done for them.`,
          'See TEMPORAL_ADDRESS, TEMPORAL_API_KEY and the TLS settings, and whether the server runs.',
        ),
      ];
    }
    try {
      await connection.workflowService.describeNamespace({ namespace });
      const said: Said[] = [
        ok(`Temporal answers at ${address}, namespace ${namespace}.`),
        await attributesSaid(connection, namespace),
      ];
      const idle = await Promise.all(
        Object.values(taskQueues).map((name) => queueSaid(connection, namespace, name)),
      );
      const unattended = idle.filter((name) => name !== null);
      said.push(
        unattended.length === 0
          ? ok('Workers ask for work on every task queue.')
          : fail(
              `No worker asks for work on ${unattended.join(', ')}.`,
              'Start one: `npm run worker` or `npm run serve`, with the same TEMPORAL_NAMESPACE.',
            ),
      );
      const deploymentName = settings['WORKER_DEPLOYMENT'] ?? 'hermes';
      said.push(
        ...(await releaseSaid(connection, namespace, { taskQueue: taskQueues.hermes, deploymentName })),
      );
      return said;
    } catch (error) {
      if (codeOf(error) !== notFound) throw error;
      return [
        fail(
          `Temporal at ${address} has no namespace ${namespace}.`,
          'See TEMPORAL_NAMESPACE, or create it.',
        ),
      ];
    } finally {
      await connection.close();
    }
  },
};
