import type { Connection } from '@temporalio/client';
import { fail, ok, type Said } from './finding.ts';

/** temporal.api.enums.v1.WorkerVersioningMode, and TaskQueueType. */
const versioned = 2;
const workflowQueue = 1;

const manual = 'See docs/deploying.md, “From one release to the next”.';

/** The release that is current, null when none is. */
const currentRelease = async (
  connection: Connection,
  namespace: string,
  deploymentName: string,
): Promise<string | null> => {
  const { workerDeployments } = await connection.workflowService.listWorkerDeployments({ namespace });
  const deployment = (workerDeployments ?? []).find(({ name }) => name === deploymentName);
  return deployment?.routingConfig?.currentDeploymentVersion?.buildId ?? null;
};

/**
 * Whether the workers that ask for runs belong to the release that is given them. Workers that do not are healthy and idle.
 *
 * @returns nothing to say where no worker asks, or no release is named
 */
export const releaseSaid = async (
  connection: Connection,
  namespace: string,
  { taskQueue, deploymentName }: { taskQueue: string; deploymentName: string },
): Promise<Said[]> => {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: workflowQueue,
  });
  const releases = new Set(
    (pollers ?? []).map(({ deploymentOptions: own }) =>
      Number(own?.workerVersioningMode) === versioned ? (own?.buildId ?? null) : null,
    ),
  );
  if (releases.size === 0) return [];
  const current = await currentRelease(connection, namespace, deploymentName);
  if (releases.has(current)) {
    return current === null ? [] : [ok(`Release ${current} is current, and its workers ask for runs.`)];
  }
  const asking = [...releases].map((release) => release ?? 'no release').join(', ');
  return [
    current === null
      ? fail(
          `No release is current, so the workers of ${asking} are given no runs.`,
          `Make one current. ${manual}`,
        )
      : fail(
          `Release ${current} is current, but only workers of ${asking} ask for runs.`,
          `Start workers of ${current}, or make another release current. ${manual}`,
        ),
  ];
};
