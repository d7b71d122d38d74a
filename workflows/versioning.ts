/** What a release means to a run that has begun. It matters only to workers that name theirs (WORKER_BUILD_ID). */
import { setWorkflowOptions, workflowInfo } from '@temporalio/workflow';

/**
 * Lets the open runs of a type go on on the current release. Everything else is pinned to the release it began on.
 *
 * For types that run for long or always: nobody could wait for their end before an old release is switched off. A change of their steps
 * needs `patched()`, and the histories in test/replay tell when one was forgotten.
 */
export const autoUpgrade = (workflow: (...input: never[]) => Promise<unknown>): void => {
  // The server refuses a behaviour from a worker that names no release.
  setWorkflowOptions(
    () =>
      (workflowInfo().currentDeploymentVersion?.deploymentName ?? '') === ''
        ? {}
        : { versioningBehavior: 'AUTO_UPGRADE' },
    workflow,
  );
};
