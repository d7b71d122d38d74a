/**
 * Users, which API v2 does not have: /api/v1/users, /users/me, /users/find, /users/{id}, and the activity types beside them.
 */
import { z } from 'zod';
import { toV1Time } from '../clock.ts';
import { invalid, notFound } from '../errors.ts';
import { noParams, parseQuery } from '../listing.ts';
import type { UserRow } from '../rows.ts';
import type { Store } from '../store.ts';
import { pathId, type RouteContext } from './router.ts';

const timezoneOffset = (zone: string, at: Date): string => {
  const parts = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(
    at,
  );
  const offset = parts.find((part) => part.type === 'timeZoneName')?.value.replace('GMT', '') ?? '';
  return offset === '' ? '+00:00' : offset;
};

/** A user as v1 shows it, seen by the user `viewerId`. */
const presentUser = (store: Store, user: UserRow, viewerId: number): Record<string, unknown> => ({
  id: user.id,
  name: user.name,
  default_currency: store.settings.defaultCurrency,
  locale: 'en_GB',
  lang: 1,
  email: user.email,
  phone: user.phone,
  activated: true,
  last_login: toV1Time(user.modified),
  created: toV1Time(user.created),
  modified: toV1Time(user.modified),
  has_created_company: user.id === store.settings.apiUserId,
  access: [{ app: 'sales', admin: user.is_admin, permission_set_id: '5f9a3c1e-0000-4000-8000-000000000001' }],
  active_flag: user.active_flag,
  timezone_name: user.timezone_name,
  timezone_offset: timezoneOffset(user.timezone_name, new Date(store.clock.now())),
  role_id: 1,
  icon_url: null,
  is_you: user.id === viewerId,
  is_deleted: user.is_deleted,
});

const presentMe = (store: Store, user: UserRow): Record<string, unknown> => ({
  ...presentUser(store, user, user.id),
  company_id: store.settings.companyId,
  company_name: store.settings.companyName,
  company_domain: store.settings.companyDomain,
  company_country: 'GB',
  company_industry: null,
  language: { language_code: 'en', country_code: 'GB' },
});

const findParams = z.strictObject({
  term: z.string({ error: 'A value is required' }),
  search_by_email: z.literal(['0', '1']).optional(),
});

export const userRoutes = ({ router, account: { store }, charge }: RouteContext): void => {
  const find = (id: number): UserRow => {
    const user = store.users.get(id);
    if (user === undefined) throw notFound('User');
    return user;
  };

  // No paging: all users in one answer.
  router.get('/users', charge(20), (ctx) => {
    parseQuery(noParams, ctx.query);
    const viewerId = ctx.state.actor.userId;
    const data = [...store.users.values()].map((user) => presentUser(store, user, viewerId));
    ctx.body = { success: true, data };
  });
  router.get('/users/me', charge(2), (ctx) => {
    ctx.body = { success: true, data: presentMe(store, find(ctx.state.actor.userId)) };
  });
  router.get('/users/find', charge(40), (ctx) => {
    const { term, search_by_email } = parseQuery(findParams, ctx.query);
    if (term === '') throw invalid('term', 'The value is too short');
    const needle = term.toLowerCase();
    const matches = ({ email, name }: UserRow): boolean =>
      (search_by_email === '1' ? email : name).toLowerCase().includes(needle);
    const viewerId = ctx.state.actor.userId;
    const data = [...store.users.values()].filter(matches).map((user) => presentUser(store, user, viewerId));
    ctx.body = { success: true, data };
  });
  router.get('/users/:id', charge(2), (ctx) => {
    const user = find(pathId(ctx.params));
    ctx.body = { success: true, data: presentUser(store, user, ctx.state.actor.userId) };
  });
  router.get('/activityTypes', charge(20), (ctx) => {
    const data = store.activityTypes.map(({ id, key_string, name }) => ({
      id,
      order_nr: id,
      name,
      key_string,
      icon_key: key_string,
      active_flag: true,
      color: null,
      is_custom_flag: false,
    }));
    ctx.body = { success: true, data };
  });
};
