/**
 * `npm run sandbox`: Pipedrive, TutorCruncher and Google on this machine, with the demonstration account.
 */
import { z } from 'zod';
import { loadDotenv } from '../environment/load.ts';
import { readSandboxSettings } from './settings.ts';
import { startSandbox } from './start.ts';

const run = async (): Promise<void> => {
  loadDotenv();
  const sandbox = await startSandbox(readSandboxSettings(process.env), (error) => {
    console.error('The state of the sandbox could not be saved:', error);
  });
  const { pipedrive, tc2, google } = sandbox.urls;
  console.log(`Sandbox ready: Pipedrive ${pipedrive}, TutorCruncher ${tc2}, Google ${google}`);
  let isClosing = false;
  const close = (): void => {
    if (isClosing) return;
    isClosing = true;
    sandbox.close().catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
  };
  process.once('SIGTERM', close);
  process.once('SIGINT', close);
};

try {
  await run();
} catch (error) {
  console.error(error instanceof z.ZodError ? z.prettifyError(error) : error);
  process.exitCode = 1;
}
