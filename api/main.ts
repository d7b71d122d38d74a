/** `npm run api`: one API process; several may run side by side. */
import { environmentOrExit } from '../environment/load.ts';
import { createLogger } from '../observability/logger.ts';
import { endOnUnexpected, stopOnSignal } from '../observability/shutdown.ts';
import { lazyClient, temporalAddress } from '../temporal/connection.ts';
import { startApi } from './start.ts';

const environment = environmentOrExit();
const logger = createLogger({ level: environment.LOG_LEVEL, pretty: environment.LOG_PRETTY, process: 'api' });
endOnUnexpected(logger);

const temporal = lazyClient(temporalAddress(process.env));
try {
  const api = await startApi(environment, temporal.client, logger);
  const stop = async (): Promise<void> => {
    await api.stop();
    await temporal.close();
  };
  stopOnSignal(logger, stop, 30_000);
} catch (error) {
  const code = (error as { code?: string }).code;
  logger.fatal(
    { err: error },
    code === 'EADDRINUSE'
      ? `port ${environment.PORT} is in use: set PORT to another one`
      : 'the API could not start',
  );
  process.exit(1);
}
