/** The sandbox Pipedrive with the demonstration account and without its limits: what Hermes can do is measured, not what Pipedrive allows. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { applyConfiguration } from '../configuration/apply.ts';
import { createPipedriveClient } from '../clients/pipedrive/client.ts';
import { connectDatabase } from '../db/connection.ts';
import { demoAccount } from '../sandbox/demo/account.ts';
import { createPipedriveSandbox, type PipedriveSandbox } from '../sandbox/pipedrive/index.ts';
import { tc2Key } from './webhooks.ts';

export const pipedriveToken = 'bench-pd-key';

const configuration = fileURLToPath(new URL('../sandbox/demo/config.yaml', import.meta.url));

/** Calls per two seconds that it answers. */
export interface PipedriveLimits {
  burstLimit: number;
  searchBurstLimit: number;
}

export const unlimited: PipedriveLimits = { burstLimit: 1_000_000, searchBurstLimit: 1_000_000 };

/** Starts it. @param port 0 picks a free one */
export const startPipedrive = async (
  port = 0,
  limits: PipedriveLimits = unlimited,
): Promise<{ url: string; sandbox: PipedriveSandbox; close: () => Promise<void> }> => {
  const sandbox = createPipedriveSandbox({
    apiToken: pipedriveToken,
    campaigns: true,
    ...limits,
    searchLagMs: 0,
  });
  sandbox.seed(demoAccount);
  const { url, close } = await sandbox.listen({ port });
  return { url, sandbox, close };
};

/** Settings of a Hermes that talks to it and calls as often as it likes. TC2 is not there and not written to. */
export const hermesEnvironment = (addresses: {
  databaseUrl: string;
  pipedriveUrl: string;
}): Record<string, string> => ({
  DATABASE_URL: addresses.databaseUrl,
  HOST: '127.0.0.1',
  TC2_API_KEY: tc2Key,
  TC2_WRITE_BACK: 'false',
  PD_API_KEY: pipedriveToken,
  PD_BASE_URL: addresses.pipedriveUrl,
  PD_API_MAX_RATE: '100000',
  PD_SEARCH_MAX_RATE: '100000',
});

/** Applies the demonstration configuration to the database. */
export const configure = async (databaseUrl: string, pipedriveUrl: string): Promise<void> => {
  const db = connectDatabase(databaseUrl, 2, 'hermes-bench');
  try {
    const { faults } = await applyConfiguration({
      db,
      text: await readFile(configuration, 'utf8'),
      dryRun: false,
      pipedrive: createPipedriveClient({ baseUrl: pipedriveUrl, apiToken: pipedriveToken }),
      defaults: {
        timezone: 'Europe/London',
        meetings: { duration_mins: 30, buffer_mins: 15, min_start: '10:00', max_end: '17:30' },
      },
    });
    if (faults.length > 0) throw new Error(`the configuration is not accepted: ${JSON.stringify(faults)}`);
  } finally {
    await db.destroy();
  }
};
