/** `npm run api`: one API process; several may run side by side. */
import { environmentOrExit } from '../environment/load.ts';
import { observeProcess } from '../observability/process.ts';
import { stopOnSignal } from '../observability/shutdown.ts';
import { lazyClient, temporalAddress } from '../temporal/connection.ts';
import { startApi } from './start.ts';

const environment = environmentOrExit();
const observed = await observeProcess(environment, 'api');
const { logger } = observed;

const temporal = lazyClient(temporalAddress(process.env));
try {
  const api = await startApi(environment, temporal.client, logger);
  const stop = async (): Promise<void> => {
    await api.stop();
    await temporal.close();
    await observed.stop();
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
  await observed.stop();
  process.exit(1);
}
