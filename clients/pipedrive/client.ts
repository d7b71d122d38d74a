/**
 * Pipedrive over HTTP: API v2, and v1 for what exists only there (users, webhooks).
 *
 * Each method is exactly one request. Nothing is retried and nothing is throttled here. Creates answer 200 and have no
 * idempotency key: a `failure.mayHaveHappened` must be cleared up before the create is sent again.
 * https://developers.pipedrive.com/docs/api/v1
 */
import type { z } from 'zod';
import { callFailure, performCall } from '../call.ts';
import type { Call, Effect, Peer, QueryValue } from '../call.ts';
import type { CallOptions, CallResult } from '../failure.ts';
import type { InventId } from '../hold.ts';
import { headerValue } from '../http/headerValue.ts';
import type { HttpMethod } from '../http/request.ts';
import type {
  ActivityChange,
  ActivityListParams,
  DealChange,
  DealListParams,
  FieldEntity,
  FieldSearchParams,
  NewActivity,
  NewDeal,
  NewField,
  NewOrganization,
  NewPerson,
  NewWebhook,
  OrganizationChange,
  OrganizationListParams,
  OrganizationSearchParams,
  PageParams,
  PersonChange,
  PersonListParams,
  PersonSearchParams,
  StageListParams,
} from './bodies.ts';
import { judgePipedrive, pipedriveBudget } from './failures.ts';
import {
  activitySchema,
  currentUserSchema,
  dealSchema,
  deleted,
  fieldOptionsSchema,
  fieldSchema,
  fieldSearchHits,
  organizationHits,
  organizationSchema,
  page,
  personHits,
  personSchema,
  pipelineSchema,
  single,
  stageSchema,
  userSchema,
  webhookSchema,
} from './schemas.ts';
import type {
  Activity,
  CurrentUser,
  Deal,
  Field,
  FieldOption,
  Organization,
  OrganizationHit,
  Page,
  Person,
  PersonHit,
  Pipeline,
  Stage,
  User,
  Webhook,
} from './schemas.ts';
import { queryOf } from './query.ts';
import { tokenCost } from './tokenCost.ts';
import type { PipedriveEndpoint } from './tokenCost.ts';

export type PipedriveClientOptions = {
  /** The company's root, such as `https://acme.pipedrive.com`. */
  baseUrl: string;
  apiToken: string;
  /** Per call; 30 s unless told. */
  timeoutMs?: number | undefined;
  /** Shadow mode: gives ids for what is not made. */
  shadow?: InventId | undefined;
};

/** The five calls that records have in common. `get` and `update` answer `gone` for a record that is only marked as deleted. */
export type RecordCalls<TRecord, TNew, TChange, TListParams> = {
  get: (id: number, options?: CallOptions) => Promise<CallResult<TRecord>>;
  create: (body: TNew, options?: CallOptions) => Promise<CallResult<TRecord>>;
  update: (id: number, change: TChange, options?: CallOptions) => Promise<CallResult<TRecord>>;
  delete: (id: number, options?: CallOptions) => Promise<CallResult<void>>;
  list: (params: TListParams, options?: CallOptions) => Promise<CallResult<Page<TRecord>>>;
};

export type PipedriveClient = {
  organizations: RecordCalls<Organization, NewOrganization, OrganizationChange, OrganizationListParams> & {
    search: (
      params: OrganizationSearchParams,
      options?: CallOptions,
    ) => Promise<CallResult<Page<OrganizationHit>>>;
  };
  persons: RecordCalls<Person, NewPerson, PersonChange, PersonListParams> & {
    search: (params: PersonSearchParams, options?: CallOptions) => Promise<CallResult<Page<PersonHit>>>;
  };
  deals: RecordCalls<Deal, NewDeal, DealChange, DealListParams>;
  activities: RecordCalls<Activity, NewActivity, ActivityChange, ActivityListParams>;
  /** Finds the ids of records by the value of one field. */
  itemSearchField: (
    params: FieldSearchParams,
    options?: CallOptions,
  ) => Promise<CallResult<Page<{ id: number }>>>;
  pipelines: {
    list: (params?: PageParams, options?: CallOptions) => Promise<CallResult<Page<Pipeline>>>;
    get: (id: number, options?: CallOptions) => Promise<CallResult<Pipeline>>;
  };
  stages: {
    list: (params?: StageListParams, options?: CallOptions) => Promise<CallResult<Page<Stage>>>;
    get: (id: number, options?: CallOptions) => Promise<CallResult<Stage>>;
  };
  fields: {
    list: (
      entity: FieldEntity | 'activity',
      params?: PageParams,
      options?: CallOptions,
    ) => Promise<CallResult<Page<Field>>>;
    create: (entity: FieldEntity, body: NewField, options?: CallOptions) => Promise<CallResult<Field>>;
    /** All are added or none. */
    addOptions: (
      entity: FieldEntity,
      fieldCode: string,
      labels: readonly { label: string }[],
      options?: CallOptions,
    ) => Promise<CallResult<FieldOption[]>>;
  };
  users: {
    /** All users: v1 does not page them. */
    list: (options?: CallOptions) => Promise<CallResult<User[]>>;
    /** The user whose token this is. */
    me: (options?: CallOptions) => Promise<CallResult<CurrentUser>>;
  };
  webhooks: {
    list: (options?: CallOptions) => Promise<CallResult<Webhook[]>>;
    create: (body: NewWebhook, options?: CallOptions) => Promise<CallResult<Webhook>>;
    delete: (id: number, options?: CallOptions) => Promise<CallResult<void>>;
  };
};

const effects: Record<HttpMethod, Effect> = {
  GET: 'none',
  POST: 'once',
  PATCH: 'repeatable',
  DELETE: 'repeatable',
};

const methodOf = (name: string): HttpMethod => {
  if (name === 'GET' || name === 'POST' || name === 'PATCH' || name === 'DELETE') return name;
  throw new Error(`No HTTP method: ${name}`);
};

type Details = {
  params?: Readonly<Record<string, string | number>>;
  query?: Readonly<Record<string, QueryValue>>;
  body?: unknown;
  options?: CallOptions | undefined;
};

const describe = <T>(name: PipedriveEndpoint, schema: z.ZodType<T>, details: Details): Call<T> => {
  const [verb = '', endpoint = ''] = name.split(' ');
  const method = methodOf(verb);
  return {
    method,
    endpoint,
    effect: effects[method],
    schema,
    tokens: tokenCost[name],
    params: details.params ?? {},
    query: details.query ?? {},
    body: details.body === undefined ? undefined : { json: details.body },
    signal: details.options?.signal,
  };
};

/**
 * A deleted record answers 410, 404, or 200 with a mark: which one is documented nowhere, so here they become one. A change
 * that such a record took has no meaning either.
 */
const goneWhenMarked = <T extends { is_deleted?: boolean | null | undefined }>(
  peer: Peer,
  call: Call<T>,
  result: CallResult<T>,
): CallResult<T> => {
  if (!result.ok) return result;
  const status = 'status' in result.data ? result.data.status : undefined;
  if (result.data.is_deleted !== true && status !== 'deleted') return result;
  const failure = callFailure(peer.name, call, {
    kind: 'gone',
    status: 200,
    code: 'IS_DELETED',
    mayHaveHappened: call.effect !== 'none',
  });
  return { ok: false, failure, meta: result.meta };
};

type RecordName = 'organizations' | 'persons' | 'deals' | 'activities';

/** Gives the client. No connection is made before the first call. */
export const createPipedriveClient = (options: PipedriveClientOptions): PipedriveClient => {
  const peer: Peer = {
    name: 'Pipedrive',
    baseUrl: options.baseUrl,
    headers: { 'x-api-token': headerValue("Pipedrive's API token", options.apiToken) },
    timeoutMs: options.timeoutMs ?? 30_000,
    shadow: options.shadow,
    judge: judgePipedrive,
    budget: pipedriveBudget,
  };

  const send = <T>(name: PipedriveEndpoint, schema: z.ZodType<T>, details: Details = {}) =>
    performCall(peer, describe(name, schema, details));

  const sendUnlessGone = async <T extends { is_deleted?: boolean | null | undefined }>(call: Call<T>) =>
    goneWhenMarked(peer, call, await performCall(peer, call));

  const recordCalls = <TRecord extends { is_deleted?: boolean | null | undefined }>(
    records: RecordName,
    schema: z.ZodType<TRecord>,
  ) => ({
    get: (id: number, options?: CallOptions) =>
      sendUnlessGone(describe(`GET /api/v2/${records}/:id`, single(schema), { params: { id }, options })),
    create: (body: object, options?: CallOptions) =>
      send(`POST /api/v2/${records}`, single(schema), { body, options }),
    update: (id: number, change: object, options?: CallOptions) =>
      sendUnlessGone(
        describe(`PATCH /api/v2/${records}/:id`, single(schema), { params: { id }, body: change, options }),
      ),
    delete: (id: number, options?: CallOptions) =>
      send(`DELETE /api/v2/${records}/:id`, deleted, { params: { id }, options }),
    list: (
      params: OrganizationListParams | PersonListParams | DealListParams | ActivityListParams,
      options?: CallOptions,
    ) => send(`GET /api/v2/${records}`, page(schema), { query: queryOf(params), options }),
  });

  return {
    organizations: {
      ...recordCalls('organizations', organizationSchema),
      search: (params, options) =>
        send('GET /api/v2/organizations/search', organizationHits, { query: queryOf(params), options }),
    },
    persons: {
      ...recordCalls('persons', personSchema),
      search: (params, options) =>
        send('GET /api/v2/persons/search', personHits, { query: queryOf(params), options }),
    },
    deals: recordCalls('deals', dealSchema),
    activities: recordCalls('activities', activitySchema),
    itemSearchField: (params, options) =>
      send('GET /api/v2/itemSearch/field', fieldSearchHits, { query: queryOf(params), options }),
    pipelines: {
      list: (params = {}, options) =>
        send('GET /api/v2/pipelines', page(pipelineSchema), { query: queryOf(params), options }),
      get: (id, options) =>
        send('GET /api/v2/pipelines/:id', single(pipelineSchema), { params: { id }, options }),
    },
    stages: {
      list: (params = {}, options) =>
        send('GET /api/v2/stages', page(stageSchema), { query: queryOf(params), options }),
      get: (id, options) => send('GET /api/v2/stages/:id', single(stageSchema), { params: { id }, options }),
    },
    fields: {
      list: (entity, params = {}, options) =>
        send(`GET /api/v2/${entity}Fields`, page(fieldSchema), { query: queryOf(params), options }),
      create: (entity, body, options) =>
        send(`POST /api/v2/${entity}Fields`, single(fieldSchema), { body, options }),
      addOptions: (entity, code, labels, options) =>
        send(`POST /api/v2/${entity}Fields/:code/options`, single(fieldOptionsSchema), {
          params: { code },
          body: labels,
          options,
        }),
    },
    users: {
      list: (options) => send('GET /api/v1/users', single(userSchema.array()), { options }),
      me: (options) => send('GET /api/v1/users/me', single(currentUserSchema), { options }),
    },
    webhooks: {
      list: (options) => send('GET /api/v1/webhooks', single(webhookSchema.array()), { options }),
      create: (body, options) => send('POST /api/v1/webhooks', single(webhookSchema), { body, options }),
      delete: (id, options) => send('DELETE /api/v1/webhooks/:id', deleted, { params: { id }, options }),
    },
  };
};
