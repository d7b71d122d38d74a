/**
 * All three peers with the demonstration account, connected to one Hermes.
 */
import path from 'node:path';
import type { Listening } from './common/listen.ts';
import { openStateFile, type StateFile } from './common/stateFile.ts';
import { demoAccount, demoCalendars, demoExtraAttrs, demoTc2Admins } from './demo/account.ts';
import { createGoogleSandbox, type GoogleSandbox } from './google/index.ts';
import { ensureServiceAccount } from './google/serviceAccount.ts';
import { createPipedriveSandbox, type PipedriveSandbox } from './pipedrive/index.ts';
import type { SandboxSettings } from './settings.ts';
import { exampleClient } from './tc2/events.ts';
import { createTc2Sandbox, type Tc2Sandbox } from './tc2/index.ts';

export interface RunningSandbox {
  pipedrive: PipedriveSandbox;
  tc2: Tc2Sandbox;
  google: GoogleSandbox;
  urls: { pipedrive: string; tc2: string; google: string };
  /** Writes what the peers remember; done every few seconds anyway. */
  save: () => Promise<void>;
  /** Saves and closes; what is on its way is given up. */
  close: () => Promise<void>;
}

const saveEveryMs = 3_000;

/** What Hermes wants to hear of, as it would register it. */
const webhookObjects = ['organization', 'person', 'deal', 'pipeline', 'stage'] as const;

const registerWebhooks = ({ webhooks }: PipedriveSandbox, settings: SandboxSettings): void => {
  for (const object of webhookObjects) {
    webhooks.registry.add({
      subscription_url: `${settings.BASE_URL.replace(/\/+$/, '')}/pipedrive/callback/`,
      event_action: '*',
      event_object: object,
      name: `Hermes ${object}`,
      user_id: 100,
      owner_id: 100,
      http_auth_user: settings.PD_WEBHOOK_USERNAME ?? null,
      http_auth_password: settings.PD_WEBHOOK_PASSWORD ?? null,
    });
  }
};

/** Starts the peers; rejects when a port is taken, with those that started closed again. */
export const startSandbox = async (
  settings: SandboxSettings,
  onSaveError: (error: unknown) => void,
): Promise<RunningSandbox> => {
  const folder = path.resolve(settings.SANDBOX_STATE_DIR);
  const serviceAccount = await ensureServiceAccount(folder);

  const pipedrive = createPipedriveSandbox({
    apiToken: settings.PD_API_KEY,
    apiUserId: 100,
    campaigns: true,
  });
  pipedrive.seed(demoAccount);
  const tc2 = createTc2Sandbox({
    settings: {
      apiKey: settings.TC2_API_KEY,
      webhook: { url: `${settings.BASE_URL.replace(/\/+$/, '')}/tc2/callback/` },
    },
    admins: demoTc2Admins,
    extraAttrs: demoExtraAttrs,
    clients: [exampleClient],
  });
  const google = createGoogleSandbox({ users: demoCalendars, serviceAccount });

  const files: StateFile[] = [
    await openStateFile(path.join(folder, 'pipedrive.state'), pipedrive),
    await openStateFile(path.join(folder, 'tc2.state'), {
      snapshot: () => tc2.snapshot(),
      restore: (state: ReturnType<typeof tc2.snapshot>) => tc2.restore(state),
    }),
    await openStateFile(path.join(folder, 'google.state'), {
      snapshot: () => google.snapshot(),
      restore: (state: ReturnType<typeof google.snapshot>) => google.restore(state),
    }),
  ];
  registerWebhooks(pipedrive, settings);
  // One after the other: two saves at once would write the same draft.
  let saving = Promise.resolve();
  const save = (): Promise<void> => {
    saving = saving.then(async () => {
      for (const file of files) await file.save();
    });
    return saving;
  };

  const host = settings.SANDBOX_HOST;
  const started = await Promise.allSettled([
    pipedrive.listen({ host, port: settings.SANDBOX_PIPEDRIVE_PORT }),
    tc2.listen({ host, port: settings.SANDBOX_TC2_PORT }),
    google.listen({ host, port: settings.SANDBOX_GOOGLE_PORT }),
  ]);
  const listening = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const closeAll = async (): Promise<void> => {
    await Promise.all(listening.map((one: Listening) => one.close()));
  };
  const [onPipedrive, onTc2, onGoogle] = listening;
  const failed = started.find((one) => one.status === 'rejected');
  if (failed !== undefined || onPipedrive === undefined || onTc2 === undefined || onGoogle === undefined) {
    await closeAll();
    throw failed?.reason ?? new Error('a peer did not start');
  }

  const timer = setInterval(() => {
    save().catch(onSaveError);
  }, saveEveryMs);
  return {
    pipedrive,
    tc2,
    google,
    urls: { pipedrive: onPipedrive.url, tc2: onTc2.url, google: onGoogle.url },
    save,
    close: async () => {
      clearInterval(timer);
      await closeAll();
      await save();
    },
  };
};
