/** The peers of a rehearsal: the sandboxes, and what `.env` and the secrets would say about them. */
import { demoAccount, demoCalendars, demoExtraAttrs, demoTc2Admins } from '../sandbox/demo/account.ts';
import { createGoogleSandbox, type GoogleSandbox } from '../sandbox/google/index.ts';
import { createPipedriveSandbox, type PipedriveSandbox } from '../sandbox/pipedrive/index.ts';
import { createTc2Sandbox, type Tc2Sandbox } from '../sandbox/tc2/index.ts';

export interface Accounts {
  pipedrive: PipedriveSandbox;
  tc2: Tc2Sandbox;
  google: GoogleSandbox;
  /** Settings that are no secrets, for `.env`. */
  settings: Record<string, string>;
  /** By their file's name in the folder of secrets. */
  secrets: Record<string, string>;
  close(): Promise<void>;
}

const pipedriveKey = 'pd-sandbox-key';
const tc2Key = 'tc2-sandbox-key';

export const openAccounts = async (): Promise<Accounts> => {
  const pipedrive = createPipedriveSandbox({ campaigns: true });
  pipedrive.seed(demoAccount);
  pipedrive.settings.searchLagMs = 0;
  pipedrive.settings.searchBurstLimit = 1_000_000;
  const tc2 = createTc2Sandbox({
    admins: demoTc2Admins,
    extraAttrs: demoExtraAttrs,
    settings: { rateLimit: null, retryDelays: [0.2, 0.5, 1, 2, 4, 8], retryScale: 1, timeoutMs: 8000 },
  });
  const google = createGoogleSandbox({ users: demoCalendars });
  const servers = await Promise.all([pipedrive.listen(), tc2.listen(), google.listen()]);
  const [pipedriveServer, tc2Server, googleServer] = servers;
  const { G_PRIVATE_KEY: privateKey, ...googleSettings } = google.env(googleServer.url);
  return {
    pipedrive,
    tc2,
    google,
    settings: {
      PD_BASE_URL: pipedriveServer.url,
      PD_API_MAX_RATE: '200',
      PD_SEARCH_MAX_RATE: '200',
      PD_WEBHOOK_USERNAME: 'pipedrive',
      TC2_BASE_URL: tc2Server.url,
      TC2_API_MAX_RATE: '10000',
      ...googleSettings,
    },
    secrets: {
      pd_api_key: pipedriveKey,
      pd_webhook_password: 'pipedrive-secret',
      tc2_api_key: tc2Key,
      g_private_key: privateKey ?? '',
    },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
};
