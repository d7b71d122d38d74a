/**
 * Google's part of the control desk.
 *
 * | Route under /_sandbox | Does |
 * |---|---|
 * | GET /state | users with busy periods and events, and the mails to guests |
 * | GET and PATCH /settings | what it says |
 * | POST /users `{email, timeZone?}` | a user with an empty calendar |
 * | PATCH /users/{email} `{suspended?, unreadable?}` | what it says |
 * | POST /users/{email}/busy `{start, end}`, DELETE /users/{email}/busy | adds one, removes all |
 * | POST /revoke | refuses every token given so far |
 */
import { z } from 'zod';
import type { ControlRouter } from '../common/control.ts';
import type { GoogleSandbox } from './index.ts';
import type { Calendar } from './store.ts';

const settingsSchema = z.strictObject({
  grantedScopes: z.array(z.string()).nullable().optional(),
  maxRangeDays: z.number().positive().optional(),
  conference: z.enum(['success', 'pending', 'failure']).optional(),
});
const userSchema = z.strictObject({
  email: z.string().min(3),
  timeZone: z.string().default('Europe/London'),
});
const changeSchema = z.strictObject({
  suspended: z.boolean().optional(),
  unreadable: z.string().nullable().optional(),
});
const busySchema = z.strictObject({ start: z.coerce.date(), end: z.coerce.date() });

export const addControlRoutes = (router: ControlRouter, sandbox: GoogleSandbox): void => {
  const find = (params: Record<string, string | undefined>): Calendar | undefined =>
    sandbox.store.calendars.get((params['email'] ?? '').toLowerCase());

  router.get('/state', (ctx) => {
    ctx.body = {
      users: [...sandbox.store.calendars.values()].map((calendar) => ({
        ...calendar,
        events: [...calendar.events.values()],
      })),
      notices: sandbox.notices,
    };
  });
  router.get('/settings', (ctx) => {
    ctx.body = sandbox.settings;
  });
  router.patch('/settings', (ctx) => {
    Object.assign(sandbox.settings, settingsSchema.parse(ctx.state.body));
    ctx.body = sandbox.settings;
  });
  router.post('/users', (ctx) => {
    const { email, ...options } = userSchema.parse(ctx.state.body);
    sandbox.addUser(email, options);
    ctx.status = 204;
  });
  router.patch('/users/:email', (ctx) => {
    const calendar = find(ctx.params);
    if (calendar === undefined) return;
    Object.assign(calendar, changeSchema.parse(ctx.state.body));
    ctx.status = 204;
  });
  router.post('/users/:email/busy', (ctx) => {
    const calendar = find(ctx.params);
    if (calendar === undefined) return;
    calendar.busy.push(busySchema.parse(ctx.state.body));
    ctx.status = 204;
  });
  router.delete('/users/:email/busy', (ctx) => {
    const calendar = find(ctx.params);
    if (calendar === undefined) return;
    calendar.busy = [];
    ctx.status = 204;
  });
  router.post('/revoke', (ctx) => {
    sandbox.revokeTokens();
    ctx.status = 204;
  });
};
