/**
 * /api/v1/webhooks: create, list, delete. There is no update and no get-one, and the bodies are v1's.
 */
import { connect } from 'node:net';
import { z } from 'zod';
import type { Account } from '../account.ts';
import { ApiError } from '../errors.ts';
import type { ApiState } from '../gateway.ts';
import { id } from '../shapes.ts';
import {
  eventActions,
  eventObjects,
  mostWebhooks,
  presentWebhook,
  type NewWebhook,
} from '../webhooks/registry.ts';
import type { RouteContext } from './router.ts';

const body = z.strictObject({
  subscription_url: z.url({ protocol: /^https?$/ }),
  event_action: z.enum(eventActions),
  event_object: z.enum(eventObjects),
  name: z.string().min(1).max(255),
  user_id: id.optional(),
  http_auth_user: z.string().min(1).nullable().optional(),
  http_auth_password: z.string().min(1).nullable().optional(),
  // Pipedrive still takes 1.0; its payloads are not imitated here.
  version: z.literal('2.0').optional(),
});

const refuse = (status: number, errors: Record<string, string[]>): ApiError =>
  new ApiError(status, { status: 'error', success: false, errors });

const parseBody = (input: unknown): z.infer<typeof body> => {
  const result = body.safeParse(input);
  if (result.success) return result.data;
  const { fieldErrors, formErrors } = z.flattenError(result.error);
  throw refuse(400, {
    ...(fieldErrors as Record<string, string[]>),
    ...(formErrors.length > 0 ? { body: formErrors } : {}),
  });
};

const answersAt = (url: URL): Promise<boolean> =>
  new Promise((resolve) => {
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ''), port, timeout: 2_000 });
    const end = (isReachable: boolean) => (): void => {
      socket.destroy();
      resolve(isReachable);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });

const requireTarget = async ({ settings }: Account, target: string): Promise<void> => {
  const url = new URL(target);
  const isPipedrive = /(^|\.)pipedrive\.com$/.test(url.hostname);
  const isReachable = !isPipedrive && (!settings.webhooks.checkReachable || (await answersAt(url)));
  if (!isReachable) throw refuse(400, { subscription_url: ['invalid or non-reachable URL'] });
};

const requireAdmin = ({ store }: Account, { actor }: ApiState): void => {
  if (store.users.get(actor.userId)?.is_admin === true) return;
  throw new ApiError(403, { success: false, message: 'Forbidden' });
};

export const webhookRoutes = ({ router, account, charge }: RouteContext): void => {
  const { store, registry, settings } = account;

  router.get('/webhooks', charge(10), (ctx) => {
    requireAdmin(account, ctx.state);
    const data = registry.list().map((webhook) => presentWebhook(settings.companyId, webhook));
    ctx.body = { status: 'ok', success: true, data };
  });

  router.post('/webhooks', charge(10), async (ctx) => {
    requireAdmin(account, ctx.state);
    const { version: _, ...input } = parseBody(ctx.state.body);
    const owner_id = ctx.state.actor.userId;
    const user_id = input.user_id ?? owner_id;
    if (store.activeUser(user_id) === undefined) throw refuse(400, { user_id: ['not found'] });
    await requireTarget(account, input.subscription_url);
    if (registry.list().filter((webhook) => webhook.owner_id === owner_id).length >= mostWebhooks) {
      throw refuse(422, { user_id: [`limit of ${mostWebhooks} webhooks per user reached`] });
    }
    const webhook: NewWebhook = {
      ...input,
      user_id,
      owner_id,
      http_auth_user: input.http_auth_user ?? null,
      http_auth_password: input.http_auth_password ?? null,
    };
    ctx.status = 201;
    ctx.body = {
      status: 'ok',
      success: true,
      data: presentWebhook(settings.companyId, registry.add(webhook)),
    };
  });

  router.delete('/webhooks/:id', charge(6), (ctx) => {
    requireAdmin(account, ctx.state);
    if (!registry.remove(Number(ctx.params['id']))) throw refuse(404, { id: ['not found'] });
    ctx.body = { status: 'ok', success: true };
  });
};
