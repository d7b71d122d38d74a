/** Entry of a release whose organization events begin with another step: no history of the release before fits it. */
import { sleep } from '@temporalio/workflow';
import * as release from '../../workflows/index.ts';

export * from '../../workflows/index.ts';

export const PdOrganizationUpdated: typeof release.PdOrganizationUpdated = async (input) => {
  await sleep('10 ms');
  return release.PdOrganizationUpdated(input);
};
