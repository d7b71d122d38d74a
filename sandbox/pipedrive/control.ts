/**
 * The account's own control routes under `/_sandbox/`, beside those that every peer has.
 *
 * | Route | Does |
 * |---|---|
 * | POST /_sandbox/seed | adds records (see Seed) |
 * | GET /_sandbox/state | everything the account holds, and the tokens spent today |
 * | GET, PATCH /_sandbox/settings | the switches |
 * | POST /_sandbox/clock | `{advance_ms}`: lets time pass |
 * | POST /_sandbox/app/{entity} | a record made in the web application |
 * | PATCH, DELETE /_sandbox/app/{entity}/{id} | changed, deleted there |
 * | POST /_sandbox/app/{entity}/{id}/merge | `{loser_id}`: merged there into {id} |
 * | GET /_sandbox/webhooks | those registered |
 * | GET /_sandbox/webhooks/deliveries | the log of deliveries |
 * | POST /_sandbox/webhooks/hold, /release, /flush, /resend, /send | see WebhookDelivery |
 *
 * Actions in the web application take `?user_id=` to say who acts.
 */
import { z } from 'zod';
import type { ControlRouter } from '../common/control.ts';
import type { Account } from './account.ts';
import type { WebApp } from './app.ts';
import { ApiError } from './errors.ts';
import type { Limits } from './gateway.ts';
import { mergeableEntities } from './merge.ts';
import { entityNames, type EntityName } from './rows.ts';
import { seedAccount, seedSchema, type Seed } from './seed.ts';
import { applyOptions, type PipedriveOptions } from './settings.ts';
import { presentWebhook } from './webhooks/registry.ts';

const entityName = z.enum(entityNames);
const webhookOptions = z.record(z.string(), z.unknown()).optional();
const pathNumber = z.coerce.number().int().positive();

/** Settings as the control route takes them: known names, values of the type they have. */
const readOptions = ({ settings }: Account, input: unknown): PipedriveOptions => {
  const options = z.looseObject({ webhooks: webhookOptions }).parse(input);
  const check = (known: object, given: object, path: string): void => {
    for (const [key, value] of Object.entries(given)) {
      const current = (known as Record<string, unknown>)[key];
      if (current === undefined) throw new SyntaxError(`There is no setting ${path}${key}`);
      if (typeof current !== typeof value) throw new SyntaxError(`${path}${key} is a ${typeof current}`);
    }
  };
  check(settings, options, '');
  check(settings.webhooks, options.webhooks ?? {}, 'webhooks.');
  return options as PipedriveOptions;
};

const byId = <R>(rows: Map<number, R>): R[] => [...rows.values()];

const stateOf = ({ store }: Account, limits: Limits): Record<string, unknown> => ({
  users: byId(store.users),
  pipelines: byId(store.pipelines),
  stages: byId(store.stages),
  organizations: byId(store.organizations),
  persons: byId(store.persons),
  deals: byId(store.deals),
  activities: byId(store.activities),
  fields: {
    organization: store.customFields('organization'),
    person: store.customFields('person'),
    deal: store.customFields('deal'),
  },
  tokens_spent: limits.spent,
});

/** What the account refuses is the caller's fault here too: the refusal is shown with its own status. */
const refusing = <T>(act: () => T): T | ApiError => {
  try {
    return act();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
};

const accountRoutes = (router: ControlRouter, account: Account, limits: Limits): void => {
  const { settings, store } = account;

  router.post('/seed', (ctx) => {
    try {
      seedAccount(account, seedSchema.parse(ctx.state.body) as Seed);
    } catch (error) {
      if (error instanceof TypeError) throw new SyntaxError(error.message, { cause: error });
      throw error;
    }
    ctx.body = { status: 'ok' };
  });
  router.get('/state', (ctx) => {
    ctx.body = stateOf(account, limits);
  });
  router.get('/settings', (ctx) => {
    ctx.body = settings;
  });
  router.patch('/settings', (ctx) => {
    applyOptions(settings, readOptions(account, ctx.state.body));
    ctx.body = settings;
  });
  router.post('/clock', (ctx) => {
    const { advance_ms } = z.strictObject({ advance_ms: z.number() }).parse(ctx.state.body);
    store.clock.advance(advance_ms);
    ctx.body = { now: new Date(store.clock.now()).toISOString() };
  });
};

const appRoutes = (router: ControlRouter, app: WebApp): void => {
  const target = (params: Record<string, string>): { entity: EntityName; id: number } => ({
    entity: entityName.parse(params['entity']),
    id: pathNumber.parse(params['id']),
  });
  const acting = (query: object): { userId?: number } => {
    const { user_id } = z.object({ user_id: pathNumber.optional() }).parse({ ...query });
    return user_id === undefined ? {} : { userId: user_id };
  };
  const answer = (ctx: { status: number; body: unknown }, result: unknown): void => {
    if (result instanceof ApiError) ctx.status = result.status;
    ctx.body = result instanceof ApiError ? result.body : (result ?? { status: 'ok' });
  };
  const body = z.record(z.string(), z.unknown());

  router.post('/app/:entity', (ctx) => {
    const entity = entityName.parse(ctx.params['entity']);
    answer(
      ctx,
      refusing(() => app.create(entity, body.parse(ctx.state.body), acting(ctx.query))),
    );
  });
  router.patch('/app/:entity/:id', (ctx) => {
    const { entity, id } = target(ctx.params);
    answer(
      ctx,
      refusing(() => app.update(entity, id, body.parse(ctx.state.body), acting(ctx.query))),
    );
  });
  router.delete('/app/:entity/:id', (ctx) => {
    const { entity, id } = target(ctx.params);
    answer(
      ctx,
      refusing(() => app.delete(entity, id, acting(ctx.query))),
    );
  });
  router.post('/app/:entity/:id/merge', (ctx) => {
    const entity = z.enum(mergeableEntities).parse(ctx.params['entity']);
    const { id } = target(ctx.params);
    const { loser_id } = z.strictObject({ loser_id: pathNumber }).parse(ctx.state.body);
    answer(
      ctx,
      refusing(() => app.merge(entity, id, loser_id, acting(ctx.query))),
    );
  });
};

const release = z.strictObject({
  order: z.enum(['fifo', 'reverse']).default('fifo'),
  copies: z.int().positive().default(1),
});
const payload = z.strictObject({
  meta: z.looseObject({ id: z.string() }),
  data: z.record(z.string(), z.unknown()).nullable(),
  previous: z.record(z.string(), z.unknown()).nullable(),
});

const webhookRoutes = (router: ControlRouter, { delivery, registry, settings }: Account): void => {
  router.get('/webhooks', (ctx) => {
    ctx.body = { webhooks: registry.list().map((webhook) => presentWebhook(settings.companyId, webhook)) };
  });
  router.get('/webhooks/deliveries', (ctx) => {
    ctx.body = { deliveries: delivery.deliveries };
  });
  router.post('/webhooks/hold', (ctx) => {
    delivery.hold();
    ctx.status = 204;
  });
  router.post('/webhooks/release', (ctx) => {
    delivery.release(release.parse(ctx.state.body ?? {}));
    ctx.status = 204;
  });
  router.post('/webhooks/flush', async (ctx) => {
    await delivery.flush();
    ctx.status = 204;
  });
  router.post('/webhooks/resend', (ctx) => {
    delivery.resend(z.strictObject({ id: z.string() }).parse(ctx.state.body).id);
    ctx.status = 204;
  });
  router.post('/webhooks/send', (ctx) => {
    delivery.send(payload.parse(ctx.state.body));
    ctx.status = 204;
  });
};

export const controlRoutes = (router: ControlRouter, account: Account, app: WebApp, limits: Limits): void => {
  accountRoutes(router, account, limits);
  appRoutes(router, app);
  webhookRoutes(router, account);
};
