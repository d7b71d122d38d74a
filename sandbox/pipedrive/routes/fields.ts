/**
 * The fields API v2: /organizationFields, /personFields, /dealFields, and /activityFields to read.
 */
import { z } from 'zod';
import {
  addOptions,
  changeField,
  createField,
  deleteField,
  deleteOptions,
  findField,
  renameOptions,
} from '../fields.ts';
import type { FieldOwner } from '../fieldRows.ts';
import { requireAdmin } from '../gateway.ts';
import { includeParam, limitUpTo, listBody, parseQuery, slicePage } from '../listing.ts';
import { fieldEntities, type FieldEntity } from '../rows.ts';
import type { RouteContext } from './router.ts';

const include = { include_fields: includeParam(['ui_visibility', 'important_fields', 'required_fields']) };
const listQuery = z.strictObject({ limit: limitUpTo(500), cursor: z.string().optional(), ...include });
const fieldQuery = z.strictObject(include);

const readRoutes = ({ router, account: { store }, charge }: RouteContext, owner: FieldOwner): void => {
  router.get(`/${owner}Fields`, charge(10), (ctx) => {
    const query = parseQuery(listQuery, ctx.query);
    ctx.body = listBody(slicePage([...store.fields[owner].values()], query), (field) => field);
  });
  router.get(`/${owner}Fields/:code`, charge(1), (ctx) => {
    parseQuery(fieldQuery, ctx.query);
    ctx.body = { success: true, data: findField(store, owner, ctx.params['code'] ?? '') };
  });
};

const writeRoutes = ({ router, account: { store }, charge }: RouteContext, owner: FieldEntity): void => {
  const path = `/${owner}Fields`;
  const admin = requireAdmin(store);
  const codeOf = (params: Record<string, string>): string => params['code'] ?? '';

  router.post(path, charge(5), admin, (ctx) => {
    ctx.body = { success: true, data: createField(store, owner, ctx.state.body) };
  });
  router.patch(`${path}/:code`, charge(5), admin, (ctx) => {
    ctx.body = { success: true, data: changeField(store, owner, codeOf(ctx.params), ctx.state.body) };
  });
  router.delete(`${path}/:code`, charge(3), admin, (ctx) => {
    const code = codeOf(ctx.params);
    deleteField(store, owner, code);
    ctx.body = { success: true, data: { field_code: code } };
  });
  router.post(`${path}/:code/options`, charge(5), admin, (ctx) => {
    ctx.body = { success: true, data: addOptions(store, owner, codeOf(ctx.params), ctx.state.body) };
  });
  router.patch(`${path}/:code/options`, charge(5), admin, (ctx) => {
    ctx.body = { success: true, data: renameOptions(store, owner, codeOf(ctx.params), ctx.state.body) };
  });
  router.delete(`${path}/:code/options`, charge(3), admin, (ctx) => {
    ctx.body = { success: true, data: deleteOptions(store, owner, codeOf(ctx.params), ctx.state.body) };
  });
};

export const fieldRoutes = (context: RouteContext): void => {
  for (const owner of [...fieldEntities, 'activity'] as const) readRoutes(context, owner);
  for (const owner of fieldEntities) writeRoutes(context, owner);
};
