/** Required by mocha before any test file (.mocharc.json): what belongs to the test process as a whole. */
import assert from 'node:assert/strict';
import { holdAnswers, takeFaults } from './holdAnswers.ts';
import { obtainServer, stack, stopStack } from './stack.ts';

/** With several jobs mocha runs the files in workers, each with servers of its own, and this process only shares the work out. */
const isWorker = process.env['MOCHA_WORKER_ID'] !== undefined;
const sharesOut = Number(process.env['HERMES_TEST_JOBS'] ?? '1') > 1 && !isWorker;

// `npm test` holds a channel to this process. When it is gone nobody waits for the tests any more.
if (process.channel && !isWorker) {
  process.once('disconnect', () => process.exit(1));
  process.channel.unref();
}

/** Tests say what they want themselves; a developer's own settings must not leak into them. */
for (const name of Object.keys(process.env)) {
  if (/^(TEMPORAL_(?!CLI_PATH)|DATABASE_URL|PD_|TC2_|G_|SIGNING_KEY|SENTRY_DSN)/.test(name)) {
    delete process.env[name];
  }
}

holdAnswers();

export const mochaHooks = {
  afterEach: (): void => {
    assert.deepEqual(takeFaults(), [], 'an answer is not as /openapi.json describes it');
  },
};

export const mochaGlobalSetup = async (): Promise<void> => {
  if (process.env['HERMES_TEST_BOOT'] !== '1') return;
  if (sharesOut) await obtainServer();
  else await stack();
};

export const mochaGlobalTeardown = async (): Promise<void> => {
  await stopStack();
};
