/**
 * GET, POST, PATCH and DELETE of organizations, persons, deals, activities, pipelines and stages under /api/v2.
 *
 * Tokens: a list costs 10 (pipelines and stages 5, archived deals 20), a create or an update 5, one record 1, a delete 3. A create
 * answers 200, not 201. A delete only marks; lists leave deleted records out.
 */
import { z } from 'zod';
import { badRequest } from '../errors.ts';
import { requireAdmin } from '../gateway.ts';
import { includeFields } from '../include.ts';
import {
  boolean,
  commaList,
  customFieldsParam,
  filterRecords,
  includeParam,
  integer,
  listBody,
  listParams,
  noParams,
  paginate,
  parseQuery,
  recordParams,
} from '../listing.ts';
import { models } from '../models/index.ts';
import { present, type PresentOptions } from '../presenters.ts';
import { isFieldEntity, type DealRow, type EntityName, type FieldEntity } from '../rows.ts';
import type { Store } from '../store.ts';
import { pathId, type ApiRouter, type RouteContext } from './router.ts';

/** What a query may ask of the answer's shape, beside the included fields. */
const shapeParams = (store: Store, entity: FieldEntity) => ({
  include_fields: includeParam(Object.keys(includeFields[entity])),
  custom_fields: customFieldsParam((code) => store.fields[entity].get(code)?.is_custom_field === true),
  include_option_labels: boolean.optional(),
  include_labels: boolean.optional(),
});

const activityShape = { include_fields: includeParam(Object.keys(includeFields.activity)) };

const shapeParamsOf = (store: Store, entity: EntityName) => {
  if (isFieldEntity(entity)) return shapeParams(store, entity);
  return entity === 'activity' ? activityShape : {};
};

interface ShapeQuery {
  include_fields?: string[] | undefined;
  custom_fields?: string[] | undefined;
  include_option_labels?: boolean | undefined;
  include_labels?: boolean | undefined;
}

const shapeOf = (query: ShapeQuery): PresentOptions => ({
  include: query.include_fields,
  customFields: query.custom_fields,
  optionLabels: query.include_option_labels,
  labels: query.include_labels,
});

/** Pipelines and stages are the administrators'. */
const isConfiguration = (entity: EntityName): boolean => entity === 'pipeline' || entity === 'stage';

const one = ({ router, account, charge }: RouteContext, entity: EntityName): void => {
  const { store, writes } = account;
  const { path } = models[entity];
  const writer = isConfiguration(entity) ? [requireAdmin(store)] : [];
  const params: z.ZodType<ShapeQuery> = z.strictObject(shapeParamsOf(store, entity));

  router.get(`/${path}/:id`, charge(1), (ctx) => {
    const query = parseQuery(params, ctx.query);
    const row = writes.find(entity, pathId(ctx.params));
    ctx.body = { success: true, data: present(store, entity, row, shapeOf(query)) };
  });
  router.post(`/${path}`, charge(5), ...writer, (ctx) => {
    parseQuery(noParams, ctx.query);
    const row = writes.create(entity, ctx.state.actor, ctx.state.body);
    ctx.body = { success: true, data: present(store, entity, row) };
  });
  router.patch(`/${path}/:id`, charge(5), ...writer, (ctx) => {
    parseQuery(noParams, ctx.query);
    const row = writes.change(entity, ctx.state.actor, pathId(ctx.params), ctx.state.body);
    ctx.body = { success: true, data: present(store, entity, row) };
  });
  router.delete(`/${path}/:id`, charge(3), ...writer, (ctx) => {
    const id = pathId(ctx.params);
    writes.remove(entity, ctx.state.actor, id);
    ctx.body = { success: true, data: { id } };
  });
};

const isLive = (row: { is_deleted: boolean }): boolean => !row.is_deleted;

const recordSort = ['id', 'update_time', 'add_time'] as const;

const organizations = ({ router, account: { store }, charge }: RouteContext): void => {
  const params = z.strictObject({
    ...listParams(recordSort),
    ...recordParams,
    ...shapeParams(store, 'organization'),
  });
  router.get('/organizations', charge(10), (ctx) => {
    const query = parseQuery(params, ctx.query);
    const rows = filterRecords(store.organizations, query, isLive);
    ctx.body = listBody(paginate(rows, query), (row) => present(store, 'organization', row, shapeOf(query)));
  });
};

const persons = ({ router, account: { store }, charge }: RouteContext): void => {
  const params = z.strictObject({
    ...listParams(recordSort),
    ...recordParams,
    ...shapeParams(store, 'person'),
    org_id: integer.optional(),
    deal_id: integer.optional(),
  });
  router.get('/persons', charge(10), (ctx) => {
    const query = parseQuery(params, ctx.query);
    const { org_id, deal_id } = query;
    const rows = filterRecords(
      store.persons,
      query,
      (row) =>
        isLive(row) &&
        (org_id === undefined || row.org_id === org_id) &&
        (deal_id === undefined || store.deals.get(deal_id)?.person_id === row.id),
    );
    ctx.body = listBody(paginate(rows, query), (row) => present(store, 'person', row, shapeOf(query)));
  });
};

const statuses = commaList
  .refine(
    (list) => list.every((status) => ['open', 'won', 'lost', 'deleted'].includes(status)),
    'The value must be one of: open, won, lost, deleted',
  )
  .optional();

const dealList = ({ router, account: { store }, charge }: RouteContext, isArchived: boolean): void => {
  const path = isArchived ? '/deals/archived' : '/deals';
  const params = z.strictObject({
    ...listParams(recordSort),
    ...recordParams,
    ...shapeParams(store, 'deal'),
    person_id: integer.optional(),
    org_id: integer.optional(),
    pipeline_id: integer.optional(),
    stage_id: integer.optional(),
    status: statuses,
  });
  router.get(path, charge(isArchived ? 20 : 10), (ctx) => {
    const query = parseQuery(params, ctx.query);
    const { person_id, org_id, pipeline_id, stage_id, status } = query;
    const wanted = (row: DealRow): boolean =>
      row.is_archived === isArchived &&
      (status === undefined ? isLive(row) : status.includes(row.status)) &&
      (person_id === undefined || row.person_id === person_id) &&
      (org_id === undefined || row.org_id === org_id) &&
      (pipeline_id === undefined || row.pipeline_id === pipeline_id) &&
      (stage_id === undefined || row.stage_id === stage_id);
    const rows = filterRecords(store.deals, query, wanted);
    ctx.body = listBody(paginate(rows, query), (row) => present(store, 'deal', row, shapeOf(query)));
  });
};

const activities = ({ router, account: { store }, charge }: RouteContext): void => {
  const params = z.strictObject({
    ...listParams([...recordSort, 'due_date']),
    ...recordParams,
    ...activityShape,
    deal_id: integer.optional(),
    lead_id: z.string().optional(),
    person_id: integer.optional(),
    org_id: integer.optional(),
    done: boolean.optional(),
  });
  router.get('/activities', charge(10), (ctx) => {
    const query = parseQuery(params, ctx.query);
    const { deal_id, lead_id, person_id, org_id, done } = query;
    if (lead_id !== undefined) throw badRequest('Lead not found');
    const rows = filterRecords(
      store.activities,
      query,
      (row) =>
        isLive(row) &&
        (deal_id === undefined || row.deal_id === deal_id) &&
        (org_id === undefined || row.org_id === org_id) &&
        (done === undefined || row.done === done) &&
        (person_id === undefined ||
          row.participants.some((item) => item.primary && item.person_id === person_id)),
    );
    ctx.body = listBody(paginate(rows, query), (row) => present(store, 'activity', row, shapeOf(query)));
  });
};

const places = ({ router, account: { store }, charge }: RouteContext): void => {
  const pipelineParams = z.strictObject(listParams(recordSort));
  router.get('/pipelines', charge(5), (ctx) => {
    const query = parseQuery(pipelineParams, ctx.query);
    const rows = [...store.pipelines.values()].filter(isLive);
    ctx.body = listBody(paginate(rows, query), (row) => present(store, 'pipeline', row));
  });
  const stageParams = z.strictObject({
    ...listParams([...recordSort, 'order_nr']),
    pipeline_id: integer.optional(),
  });
  // An unknown pipeline_id is no fault: the list is empty.
  router.get('/stages', charge(5), (ctx) => {
    const query = parseQuery(stageParams, ctx.query);
    const { pipeline_id } = query;
    const rows = [...store.stages.values()].filter(
      (row) => isLive(row) && (pipeline_id === undefined || row.pipeline_id === pipeline_id),
    );
    ctx.body = listBody(paginate(rows, query), (row) => present(store, 'stage', row));
  });
};

/** Mounts the record routes. Searches have to be mounted before: `/deals/search` is not a deal's id. */
export const recordRoutes = (context: RouteContext): ApiRouter => {
  organizations(context);
  persons(context);
  dealList(context, true);
  dealList(context, false);
  activities(context);
  places(context);
  for (const entity of ['organization', 'person', 'deal', 'activity', 'pipeline', 'stage'] as const) {
    one(context, entity);
  }
  return context.router;
};
