/** The workflow bundle: built at start from sources, or taken prebuilt where a file is given. */
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import { failureConverterPath } from '../temporal/dataConverter.ts';
import { isExpected } from '../observability/errorReports.ts';
import type { Logger } from '../observability/logger.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(`../workflows/${name}`, import.meta.url));

/** The twin of a prebuilt bundle that also encodes failures; it lies beside it. */
export const encryptingBundle = (codePath: string): string => codePath.replace(/(\.js)?$/, '.encrypting.js');

/**
 * @param codePath WORKFLOW_BUNDLE, a file that worker/writeBundle.ts wrote with the same version of the SDK
 * @param encrypts whether failures are encoded, too, which needs the bundle's twin
 */
export const workflowBundle = async (
  logger: Logger,
  codePath?: string,
  encrypts = false,
): Promise<WorkflowBundleOption> => {
  const prebuilt = codePath !== undefined && encrypts ? encryptingBundle(codePath) : codePath;
  if (prebuilt !== undefined) return { codePath: prebuilt };
  const quiet = logger.child({ part: 'bundler' }, { level: 'warn' });
  return bundleWorkflowCode({
    workflowsPath: fileOf('index.ts'),
    workflowInterceptorModules: [fileOf('passTrace.ts')],
    ...(encrypts ? { failureConverterPath } : {}),
    logger: temporalLogger(quiet),
  });
};

/**
 * The SDK warns of everything that an activity or a workflow throws. Typed failures are everyday work, and so is a database that is away;
 * the rest is a bug. A workflow's error loses its class on the way to this thread, unless it is one of the language's own.
 */
const isBug = (error: unknown, message: string): boolean => {
  if (!(error instanceof Error) || isExpected(error)) return false;
  if (message === 'Workflow failed') return /^(Type|Range|Reference|Syntax)Error$/.test(error.name);
  return message === 'Activity failed' && !error.name.endsWith('Failure');
};

/** Pino as Temporal's SDK speaks to a logger. */
export const temporalLogger = (logger: Logger) => {
  const write =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta?: Record<string | symbol, unknown>): void => {
      // Pino writes out an Error only under the name that it knows.
      const { error, ...rest } = meta ?? {};
      if (error === undefined) logger[level](rest, message);
      else
        logger[level === 'warn' && isBug(error, message) ? 'error' : level]({ ...rest, err: error }, message);
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
