/** The workflow bundle: built at start from sources, or taken prebuilt where a file is given. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import type { Logger } from '../observability/logger.ts';

const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

/** @param codePath WORKFLOW_BUNDLE, a file that `bundleWorkflowCode` wrote with the same version of the SDK */
export const workflowBundle = async (logger: Logger, codePath?: string): Promise<WorkflowBundleOption> => {
  if (codePath !== undefined) return { codePath };
  const quiet = logger.child({ part: 'bundler' }, { level: 'warn' });
  return bundleWorkflowCode({
    workflowsPath,
    logger: temporalLogger(quiet),
  });
};

/** Pino as Temporal's SDK speaks to a logger. */
export const temporalLogger = (logger: Logger) => {
  const write =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta?: Record<string | symbol, unknown>): void => {
      // Pino writes out an Error only under the name that it knows.
      const { error, ...rest } = meta ?? {};
      logger[level](error === undefined ? rest : { ...rest, err: error }, message);
    };
  return {
    log: (level: string, message: string, meta?: Record<string | symbol, unknown>): void => {
      const name = level.toLowerCase();
      const known =
        name === 'trace' || name === 'debug' || name === 'warn' || name === 'error' ? name : 'info';
      write(known)(message, meta);
    },
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
};
