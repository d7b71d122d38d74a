import { createPipedriveClient, type PipedriveClient } from '../../clients/pipedrive/client.ts';
import type { ApiDependencies } from '../context.ts';

/** Pipedrive as the pages ask it, a few calls at a person's request; undefined without a key. */
export const pipedriveOf = ({ environment }: ApiDependencies): PipedriveClient | undefined =>
  environment.PD_API_KEY === undefined
    ? undefined
    : createPipedriveClient({ baseUrl: environment.PD_BASE_URL, apiToken: environment.PD_API_KEY });
