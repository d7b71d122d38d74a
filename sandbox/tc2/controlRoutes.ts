/**
 * TutorCruncher's part of the control desk.
 *
 * | Route under /_sandbox | Does |
 * |---|---|
 * | GET /state, GET and PATCH /settings, GET /deliveries | what it says |
 * | POST /clients, PATCH and DELETE /clients/{id}, POST /clients/{id}/invoice-paid and /recover | changes the state and sends the event |
 * | PATCH /clients/{id} with `{action, patch}` | `action` defaults to EDITED_A_CLIENT |
 * | POST /resend | every client again |
 * | POST /events `{events, url?, key?, times?}` | sends any events, answers with the delivery |
 */
import { z } from 'zod';
import type { ControlRouter } from '../common/control.ts';
import type { Tc2Sandbox } from './index.ts';
import type { Delivery } from './sender.ts';

const settingsSchema = z.strictObject({
  apiKey: z.string().min(1).optional(),
  shape: z.enum(['V1', 'V2']).optional(),
  rateLimit: z.strictObject({ requests: z.number().int(), seconds: z.number() }).nullable().optional(),
  badKeyStatus: z.union([z.literal(401), z.literal(403)]).optional(),
  echoWriteBack: z.boolean().optional(),
  dropUnsentExtraAttrs: z.boolean().optional(),
  webhook: z.strictObject({ url: z.string(), key: z.string().optional() }).nullable().optional(),
  timeoutMs: z.number().positive().optional(),
  retryDelays: z.array(z.number()).optional(),
  retryScale: z.number().nonnegative().optional(),
  switchOffRule: z.boolean().optional(),
});

const sendSchema = z.strictObject({
  events: z.array(z.unknown()),
  url: z.string().optional(),
  key: z.string().optional(),
  times: z.number().int().min(1).max(1_000).optional(),
});

const patchSchema = z.record(z.string(), z.unknown());

const show = ({ body, ...rest }: Delivery): unknown => ({ ...rest, body: body.toString('utf8') });

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;

export const addControlRoutes = (router: ControlRouter, sandbox: Tc2Sandbox): void => {
  const idOf = (params: Record<string, string | undefined>): number | undefined => {
    const id = Number(params['id']);
    return sandbox.state.clients.has(id) ? id : undefined;
  };

  router.get('/state', (ctx) => {
    const { clients, trash, invoices, ...rest } = sandbox.state;
    ctx.body = {
      clients: [...clients.values()],
      trash: [...trash.values()],
      invoices: [...invoices.values()],
      ...rest,
    };
  });
  router.get('/settings', (ctx) => {
    ctx.body = sandbox.settings;
  });
  router.patch('/settings', (ctx) => {
    Object.assign(sandbox.settings, settingsSchema.parse(ctx.state.body));
    ctx.body = sandbox.settings;
  });
  router.get('/deliveries', (ctx) => {
    ctx.body = { deliveries: sandbox.deliveries.map(show), active: sandbox.sender.isActive };
  });
  router.post('/clients', (ctx) => {
    const body = patchSchema.parse(ctx.state.body ?? {});
    ctx.body = sandbox.createClient(body);
  });
  router.patch('/clients/:id', (ctx) => {
    const id = idOf(ctx.params);
    if (id === undefined) return;
    const { action, patch } = z
      .strictObject({ action: z.string().optional(), patch: patchSchema.default({}) })
      .parse(ctx.state.body ?? {});
    ctx.body = sandbox.changeClient(id, patch, action);
  });
  router.delete('/clients/:id', (ctx) => {
    const id = idOf(ctx.params);
    if (id === undefined) return;
    sandbox.deleteClient(id);
    ctx.status = 204;
  });
  router.post('/clients/:id/invoice-paid', (ctx) => {
    const id = idOf(ctx.params);
    if (id !== undefined) ctx.body = sandbox.invoicePaid(id);
  });
  router.post('/clients/:id/recover', (ctx) => {
    const id = Number(ctx.params['id']);
    if (sandbox.state.trash.has(id)) ctx.body = sandbox.recoverClient(id);
  });
  router.post('/resend', (ctx) => {
    sandbox.resendAll();
    ctx.status = 204;
  });
  router.post('/events', async (ctx) => {
    const { events, ...options } = sendSchema.parse(ctx.state.body);
    ctx.body = show(await sandbox.send(events, withoutUndefined(options) as { url?: string }));
  });
};
