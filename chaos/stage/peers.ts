/** The peers of a chaos run: sandboxes in this process, each of which can leave its port and come back to it. */
import { demoAccount, demoCalendars, demoExtraAttrs, demoTc2Admins } from '../../sandbox/demo/account.ts';
import type { Faults } from '../../sandbox/common/faults.ts';
import { listen, type Listening } from '../../sandbox/common/listen.ts';
import type { RequestLog } from '../../sandbox/common/requestLog.ts';
import { createGoogleSandbox, type GoogleSandbox } from '../../sandbox/google/index.ts';
import { createPipedriveSandbox, type PipedriveSandbox } from '../../sandbox/pipedrive/index.ts';
import { webhookObjects } from '../../cli/pipedrive/planWebhooks.ts';
import { createTc2Sandbox, type Tc2Sandbox } from '../../sandbox/tc2/index.ts';

export const peerNames = ['pipedrive', 'tc2', 'google'] as const;
export type PeerName = (typeof peerNames)[number];

/** A peer as faults see it. */
export interface Peer {
  url: string;
  faults: Faults;
  requests: RequestLog;
  /** Connections are refused until `back`. */
  away(): Promise<void>;
  back(): Promise<void>;
}

export interface Peers {
  pipedrive: PipedriveSandbox;
  tc2: Tc2Sandbox;
  google: GoogleSandbox;
  byName: Record<PeerName, Peer>;
  close(): Promise<void>;
}

/** All events are kept: the judge asks for each of them. */
const kept = 100_000;

/** A sender gives up later than any fault lasts, so that what differs in the end is not the sender's doing. */
const retrySeconds = [0.2, 0.5, 1, 2, 4, 8, 16, 30, 60];

const serve = async (
  app: Parameters<typeof listen>[0],
  { faults, requests }: { faults: Faults; requests: RequestLog },
): Promise<Peer> => {
  let listening: Listening | null = await listen(app);
  const { port, url } = listening;
  return {
    url,
    faults,
    requests,
    away: async () => {
      const closing = listening;
      listening = null;
      await closing?.close();
    },
    back: async () => {
      listening ??= await listen(app, { port });
    },
  };
};

/** Opens the peers with the demo's account. Nothing is sent to Hermes before `sendTo`. */
export const openPeers = async (): Promise<Peers> => {
  const pipedrive = createPipedriveSandbox({
    campaigns: true,
    searchLagMs: 0,
    searchBurstLimit: 1_000_000,
    // What the gateway does to a caller who goes on after a 429 is a fault of its own.
    webhooks: {
      retryDelaysMs: retrySeconds.map((seconds) => seconds * 1000),
      banAfterFailures: Infinity,
      timeoutMs: 8000,
      kept,
      systemChangeAfterCreate: true,
    },
  });
  pipedrive.seed(demoAccount);
  const tc2 = createTc2Sandbox({
    admins: demoTc2Admins,
    extraAttrs: demoExtraAttrs,
    settings: { rateLimit: null, retryDelays: retrySeconds, retryScale: 1, timeoutMs: 8000, kept },
  });
  const google = createGoogleSandbox({ users: demoCalendars });
  const byName = {
    pipedrive: await serve(pipedrive.koa, pipedrive),
    tc2: await serve(tc2.app, tc2),
    google: await serve(google.app, google),
  };
  return {
    pipedrive,
    tc2,
    google,
    byName,
    close: async () => {
      pipedrive.webhooks.delivery.stop();
      await tc2.sender.close();
      await Promise.all(Object.values(byName).map((peer) => peer.away()));
    },
  };
};

/** Lets TutorCruncher and Pipedrive send what happens to Hermes. */
export const sendTo = ({ pipedrive, tc2 }: Peers, apiUrl: string): void => {
  tc2.settings.webhook = { url: `${apiUrl}/tc2/callback/` };
  const { apiUserId } = pipedrive.settings;
  for (const object of webhookObjects) {
    pipedrive.webhooks.registry.add({
      subscription_url: `${apiUrl}/pipedrive/callback/`,
      event_action: '*',
      event_object: object,
      name: 'Hermes',
      user_id: apiUserId,
      owner_id: apiUserId,
      http_auth_user: null,
      http_auth_password: null,
    });
  }
};
