/** Which release a worker belongs to, so that a run that has begun is not handed to code that does not fit it. */
import type { WorkerOptions } from '@temporalio/worker';
import type { Environment } from '../environment/environment.ts';

/**
 * Without WORKER_BUILD_ID any worker takes any run. With it, runs are pinned to the release they began on; the types that run for long say
 * so themselves (`autoUpgrade` in workflows/index.ts) and go on on the current one.
 */
export const deploymentOptions = (
  environment: Pick<Environment, 'WORKER_BUILD_ID' | 'WORKER_DEPLOYMENT'>,
): Pick<WorkerOptions, 'workerDeploymentOptions'> =>
  environment.WORKER_BUILD_ID === undefined
    ? {}
    : {
        workerDeploymentOptions: {
          version: { deploymentName: environment.WORKER_DEPLOYMENT, buildId: environment.WORKER_BUILD_ID },
          useWorkerVersioning: true,
          defaultVersioningBehavior: 'PINNED',
        },
      };
