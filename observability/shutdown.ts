/** Ends a process on SIGTERM or SIGINT: first what must finish, then the process. */
import type { Logger } from './logger.ts';

/**
 * @param stop drains the process; its failure is logged and gives exit code 1
 * @param forceAfterMs ends the process even when draining hangs
 */
export const stopOnSignal = (logger: Logger, stop: () => Promise<void>, forceAfterMs: number): void => {
  let stopping = false;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error('stopping took too long');
      process.exit(1);
    }, forceAfterMs).unref();
    try {
      await stop();
      logger.info('stopped');
      process.exit(0);
    } catch (error) {
      logger.error({ err: error }, 'stopping failed');
      process.exit(1);
    }
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => void end(signal));
  }
};

/**
 * Logs what nobody expected and ends the process: its state is no longer known.
 *
 * @param flush sends the report of it; it never throws, and takes two seconds at most
 */
export const endOnUnexpected = (logger: Logger, flush: () => Promise<void>): void => {
  const end = async (error: unknown, sentence: string): Promise<void> => {
    logger.fatal({ err: error }, sentence);
    await flush();
    process.exit(1);
  };
  process.on('uncaughtException', (error) => void end(error, 'uncaught exception'));
  process.on('unhandledRejection', (reason) => void end(reason, 'unhandled rejection'));
};
