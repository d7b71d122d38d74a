/** Temporal's namespace as the API needs it: it answers, it knows the search attributes, and somebody works on its runs. */
import type { Client } from '@temporalio/client';
import type { Logger } from '../observability/logger.ts';
import { ensureSearchAttributes } from '../temporal/ensureSearchAttributes.ts';

export interface Namespace {
  /** @throws while Temporal does not answer */
  reach(): Promise<void>;
  /** Registers what is missing. @throws while runs cannot be started, or nobody in this process works on them though it should */
  prepare(): Promise<void>;
}

/** @param hasWorker whether the worker of this process runs; a process without one leaves the runs to others */
export const createNamespace = (
  client: Client,
  logger: Logger,
  hasWorker: () => boolean = () => true,
): Namespace => {
  let preparing: Promise<void> | null = null;
  return {
    reach: async () => {
      await client.connection.workflowService.getSystemInfo({});
    },
    prepare: async () => {
      preparing ??= ensureSearchAttributes(client.connection, client.options.namespace, logger).catch(
        (error: unknown) => {
          preparing = null;
          throw error;
        },
      );
      await preparing;
      if (!hasWorker()) throw new Error('the worker of this process does not run yet');
    },
  };
};
