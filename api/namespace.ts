/** Temporal's namespace as the API needs it: it answers, and knows the search attributes, without which no run can be started. */
import type { Client } from '@temporalio/client';
import type { Logger } from '../observability/logger.ts';
import { ensureSearchAttributes } from '../temporal/ensureSearchAttributes.ts';

export interface Namespace {
  /** @throws while Temporal does not answer */
  reach(): Promise<void>;
  /** Registers what is missing. @throws while runs cannot be started */
  prepare(): Promise<void>;
}

export const createNamespace = (client: Client, logger: Logger): Namespace => {
  let preparing: Promise<void> | null = null;
  return {
    reach: async () => {
      await client.connection.workflowService.getSystemInfo({});
    },
    prepare: () => {
      preparing ??= ensureSearchAttributes(client.connection, client.options.namespace, logger).catch(
        (error: unknown) => {
          preparing = null;
          throw error;
        },
      );
      return preparing;
    },
  };
};
