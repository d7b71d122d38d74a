/** What watches over a process of Hermes: its log, its traces and its error reports, as the settings say. */
import type { Environment } from '../environment/environment.ts';
import { startErrorReports } from './errorReports.ts';
import { createLogger, type Logger } from './logger.ts';
import { endOnUnexpected } from './shutdown.ts';
import { startTracing } from './tracing.ts';

export interface Observed {
  logger: Logger;
  /** Sends what is left of traces and reports; the last thing that a process does. */
  stop(): Promise<void>;
}

/** @param name of the process, on every line of its log; traces call the service `hermes-<name>` unless OTEL_SERVICE_NAME gives a name */
export const observeProcess = async (
  environment: Pick<Environment, 'LOG_LEVEL' | 'LOG_PRETTY' | 'SENTRY_DSN'>,
  name: 'api' | 'worker' | 'serve',
): Promise<Observed> => {
  const reports = await startErrorReports(environment.SENTRY_DSN, name);
  const logger = createLogger({
    level: environment.LOG_LEVEL,
    pretty: environment.LOG_PRETTY,
    process: name,
    report: reports.report,
  });
  endOnUnexpected(logger, reports.flush);
  const tracing = await startTracing(process.env, `hermes-${name}`, logger);
  return {
    logger,
    stop: async () => {
      await tracing.stop();
      await reports.flush();
    },
  };
};
