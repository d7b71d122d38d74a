/**
 * A strict stand-in for Pipedrive over HTTP, in memory: REST v2, what is left of v1, webhooks v2, limits.
 *
 * It refuses what the real API refuses; where nobody outside Pipedrive knows, it takes the stricter reading and has a switch
 * (settings.ts). Base URL: the `url` that `listen` gives, with `/api/v2/...` and `/api/v1/...` under it, as under
 * `https://{company}.pipedrive.com`.
 */
import { Router } from '@koa/router';
import Koa, { type Middleware } from 'koa';
import type { PeerState } from '../common/body.ts';
import { Faults } from '../common/faults.ts';
import { listen, type Listening, type ListenOptions } from '../common/listen.ts';
import { createPeerApp } from '../common/peer.ts';
import { RequestLog } from '../common/requestLog.ts';
import type { Account } from './account.ts';
import { createWebApp, type WebApp } from './app.ts';
import { controlRoutes } from './control.ts';
import { unknownRoute } from './errors.ts';
import { answerErrors, authenticate, charging, Limits, requireJson, type ApiState } from './gateway.ts';
import { pageRoutes } from './page/routes.ts';
import { fieldRoutes } from './routes/fields.ts';
import { mergeRoutes } from './routes/merges.ts';
import { recordRoutes } from './routes/records.ts';
import { searchRoutes } from './routes/searches.ts';
import { userRoutes } from './routes/users.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import type { ActivityRow, DealRow, FieldEntity, OrganizationRow, PersonRow } from './rows.ts';
import { SearchIndex } from './searchIndex.ts';
import { seedAccount, startingAccount, type Seed } from './seed.ts';
import { applyOptions, defaultSettings, type PipedriveOptions, type PipedriveSettings } from './settings.ts';
import { Store, type StoreSnapshot } from './store.ts';
import { WebhookDelivery } from './webhooks/delivery.ts';
import { WebhookRegistry } from './webhooks/registry.ts';
import { Writes } from './writes.ts';

export interface PipedriveSandbox {
  /** The Koa application, for callers that serve it themselves. */
  koa: Koa<PeerState>;
  listen: (options?: ListenOptions) => Promise<Listening>;
  requests: RequestLog;
  faults: Faults;
  /** Switches; what is changed here counts from the next request on. */
  settings: PipedriveSettings;
  organizations: ReadonlyMap<number, OrganizationRow>;
  persons: ReadonlyMap<number, PersonRow>;
  deals: ReadonlyMap<number, DealRow>;
  activities: ReadonlyMap<number, ActivityRow>;
  /** Adds records without telling the webhooks. */
  seed: (seed: Seed) => void;
  /** The code of a custom field by its name; throws when there is none. */
  fieldCode: (entity: FieldEntity, name: string) => string;
  app: WebApp;
  webhooks: { registry: WebhookRegistry; delivery: WebhookDelivery };
  /** Lets time pass: bans end, days turn, searches catch up. */
  advance: (ms: number) => void;
  /** Stops the account's clock until the next reset; `advance` still moves it. */
  freezeClock: () => void;
  /** Tokens of the daily budget spent so far. */
  tokensSpent: () => number;
  /** The records as they are now, to be restored later; settings and webhooks are no part of it. */
  snapshot: () => StoreSnapshot;
  restore: (snapshot: StoreSnapshot) => void;
  /** Puts the starting account and the given options back; empties log, faults, webhooks. */
  reset: () => void;
}

const delayed =
  (settings: PipedriveSettings): Middleware<PeerState> =>
  async (_ctx, next) => {
    const { latencyMs } = settings;
    if (latencyMs > 0) {
      await new Promise((resolve) => {
        setTimeout(resolve, latencyMs);
      });
    }
    await next();
  };

const apiRoutes = (account: Account, limits: Limits): Middleware<PeerState>[] => {
  const charge = charging(limits);
  const v2 = new Router<ApiState>({ prefix: '/api/v2', strict: true });
  searchRoutes({ router: v2, account, charge });
  fieldRoutes({ router: v2, account, charge });
  recordRoutes({ router: v2, account, charge });

  const v1 = new Router<ApiState>({ prefix: '/api/v1', strict: true });
  userRoutes({ router: v1, account, charge });
  mergeRoutes({ router: v1, account, charge });
  webhookRoutes({ router: v1, account, charge });

  const refuseOthers: Middleware = () => {
    throw unknownRoute();
  };
  // Routers and the gateway add to the context what their types ask of the caller.
  return [
    answerErrors,
    authenticate(account.store, limits),
    requireJson,
    v2.routes(),
    v1.routes(),
    refuseOthers,
  ] as unknown as Middleware<PeerState>[];
};

export const createPipedriveSandbox = (options: PipedriveOptions = {}): PipedriveSandbox => {
  const settings = defaultSettings();
  applyOptions(settings, options);
  const store = new Store(settings);
  const index = new SearchIndex(store);
  const registry = new WebhookRegistry(store);
  const delivery = new WebhookDelivery(store, registry);
  const writes = new Writes(store, index, (event) => delivery.publish(event));
  const account: Account = { settings, store, index, writes, registry, delivery };
  const limits = new Limits(store);
  const app = createWebApp(account);
  const requests = new RequestLog();
  const faults = new Faults();

  const resetAccount = (): void => {
    applyOptions(settings, defaultSettings());
    applyOptions(settings, options);
    store.clear();
    index.clear();
    registry.clear();
    delivery.clear();
    limits.clear();
    seedAccount(account, startingAccount);
  };
  resetAccount();

  const koa = createPeerApp({
    log: requests,
    faults,
    reset: resetAccount,
    routes: (router) => controlRoutes(router, account, app, limits),
    unlogged: pageRoutes({ account, app, requests }),
    handlers: [delayed(settings), ...apiRoutes(account, limits)],
  });

  return {
    koa,
    listen: async (where) => {
      const listening = await listen(koa, where);
      const close = async (): Promise<void> => {
        delivery.stop();
        await listening.close();
      };
      return { ...listening, close };
    },
    requests,
    faults,
    settings,
    organizations: store.organizations,
    persons: store.persons,
    deals: store.deals,
    activities: store.activities,
    seed: (seed) => seedAccount(account, seed),
    fieldCode: (entity, name) => {
      const field = store.customFieldNamed(entity, name);
      if (field === undefined) throw new Error(`${entity} has no custom field ${name}`);
      return field.field_code;
    },
    app,
    webhooks: { registry, delivery },
    advance: (ms) => store.clock.advance(ms),
    freezeClock: () => store.clock.freeze(),
    tokensSpent: () => limits.spent,
    snapshot: () => store.snapshot(),
    restore: (snapshot) => {
      store.restore(snapshot);
      index.rebuild();
    },
    reset: () => {
      requests.clear();
      faults.clear();
      resetAccount();
    },
  };
};
