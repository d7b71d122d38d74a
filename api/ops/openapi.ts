/**
 * GET /openapi.json: the API, described in OpenAPI 3.1 from the schemas that parse its requests.
 *
 * A test holds the list of routes against the router's.
 */
import {
  OpenApiGeneratorV31,
  OpenAPIRegistry,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import type { Context } from 'koa';
import { z } from 'zod';
import { bookingSchema } from '../../domain/callbooker/booking.ts';
import { sources } from '../../sources/index.ts';
import { availabilityQuery } from '../callbooker/availability.ts';
import { cancelBody, moveBody } from '../callbooker/changeCall.ts';
import { generateQuery, validateQuery } from '../callbooker/supportLink.ts';
import { companiesQuery } from '../lookups/companies.ts';
import { salesQuery } from '../lookups/roundRobin.ts';
import * as schemas from './openApiSchemas.ts';

const registry = new OpenAPIRegistry();

/** A schema that others refer to by name. */
interface Reference {
  $ref: string;
}

const component = (name: string, schema: z.ZodType): Reference => {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema);
  registry.registerComponent('schemas', name, described as never);
  return { $ref: `#/components/schemas/${name}` };
};

const components = {
  ok: component('Ok', schemas.ok),
  error: component('Error', schemas.error),
  validationFault: component('ValidationError', schemas.validationFault),
  admin: component('Admin', schemas.admin),
  company: component('Company', schemas.company),
};

registry.registerComponent('securitySchemes', 'tc2Signature', {
  type: 'apiKey',
  in: 'header',
  name: 'webhook-signature',
  description: 'Lower-case hexadecimal HMAC-SHA256 of the raw body with TC2_API_KEY',
});
registry.registerComponent('securitySchemes', 'pipedriveBasic', {
  type: 'http',
  scheme: 'basic',
  description: 'PD_WEBHOOK_USERNAME and PD_WEBHOOK_PASSWORD, when they are configured',
});
registry.registerComponent('securitySchemes', 'tc2Token', {
  type: 'apiKey',
  in: 'header',
  name: 'authorization',
  description: '`token` and TC2_API_KEY',
});

type Content = NonNullable<ResponseConfig['content']>;

const json = (schema: z.ZodType | Reference): Content => ({ 'application/json': { schema } });

const text = (type: string): Content => ({ [type]: { schema: { type: 'string' } } });

/** What each error means unless an operation says otherwise. */
const meanings: Record<number, string> = {
  400: 'Refused, with the reason',
  401: 'The password is missing or wrong',
  403: 'The signature or key is missing, wrong or expired',
  404: 'There is no such thing',
  408: 'The request took too long to arrive',
  413: 'The body is larger than 1 MB',
  415: 'The body is not JSON, or compressed',
  422: 'The request is not as described; `detail` names each field',
  429: 'Too many; `retry-after` says how many seconds to wait',
  500: 'Unexpected. Try again; nothing was taken',
  503: 'Cannot be done at the moment. Try again later',
};

interface Operation {
  method: 'get' | 'post';
  path: string;
  tag: string;
  summary: string;
  description?: string;
  /** Schema that parses the query. */
  query?: z.ZodType;
  /** Schema that parses the body. */
  body?: z.ZodType;
  pathParameters?: readonly { name: string; schema: object; description: string }[];
  security?: string;
  answer: { description: string; content?: Content };
  errors: readonly number[];
  /** A browser is told its expected errors on a page. */
  errorPages?: true;
}

interface Parameter {
  name: string;
  in: 'query' | 'path';
  required: boolean;
  description?: string;
  schema: object;
}

const queryParameters = (schema: z.ZodType): Parameter[] => {
  const { properties, required } = schemas.inputSchema(schema);
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...type } = property as { description?: string };
    return {
      name,
      in: 'query' as const,
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: type,
    };
  });
};

const register = (operation: Operation): void => {
  const { method, path, tag, summary, description, query, body, pathParameters = [], security } = operation;
  const parameters: Parameter[] = [
    ...pathParameters.map((parameter) => ({ ...parameter, in: 'path' as const, required: true })),
    ...(query === undefined ? [] : queryParameters(query)),
  ];
  const errors = [...operation.errors, 500].map((status) => [
    String(status),
    {
      description: meanings[status] ?? 'An error',
      content: {
        ...json(status === 422 ? components.validationFault : components.error),
        ...(operation.errorPages === true && status !== 500 ? text('text/html') : {}),
      },
    },
  ]);
  registry.registerPath({
    method,
    path,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(security === undefined ? {} : { security: [{ [security]: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters: parameters as NonNullable<RouteConfig['parameters']> }),
    ...(body === undefined
      ? {}
      : {
          request: {
            body: { required: true, content: { 'application/json': { schema: schemas.inputSchema(body) } } },
          },
        }),
    responses: {
      200: operation.answer,
      ...(Object.fromEntries(errors) as RouteConfig['responses']),
    },
  });
};

const bodyErrors = [400, 408, 413, 415, 422];
const done = (description: string) => ({ description, content: json(components.ok) });

const webhooks = 'Webhooks';
register({
  method: 'post',
  path: '/tc2/callback/',
  tag: webhooks,
  summary: 'TutorCruncher: clients and invoices',
  description:
    'Answered as soon as every event is stored; the work follows. The same bytes sent again change nothing.',
  security: 'tc2Signature',
  body: schemas.tc2Delivery,
  answer: done('Stored'),
  errors: [...bodyErrors, 403, 503],
});
register({
  method: 'post',
  path: '/tc2/callback/{extension}/',
  tag: webhooks,
  summary: 'TutorCruncher: public profiles, which nothing is done for',
  pathParameters: [
    { name: 'extension', schema: { type: 'string' }, description: 'Whatever the sender adds, slashes too' },
  ],
  answer: done('Ignored'),
  errors: [],
});
register({
  method: 'post',
  path: '/pipedrive/callback/',
  tag: webhooks,
  summary: 'Pipedrive: webhooks v2 of organizations, persons, deals, pipelines and stages',
  description: 'Answered as soon as the event is stored; the work follows.',
  security: 'pipedriveBasic',
  body: schemas.pipedriveDelivery,
  answer: done('Stored'),
  errors: [...bodyErrors, 401, 503],
});

for (const source of sources) {
  register({
    method: 'post',
    path: `${source.path}/`,
    tag: webhooks,
    summary: source.summary,
    description: 'Answered as soon as every event is stored; the work follows.',
    body: schemas.sourceDelivery,
    answer: done('Stored'),
    errors: [...bodyErrors, 403, 503],
  });
}

const callbooker = 'Callbooker';
for (const kind of ['sales', 'support'] as const) {
  register({
    method: 'post',
    path: `/callbooker/${kind}/book/`,
    tag: callbooker,
    summary: `Book a ${kind} call`,
    description:
      'Answered when the slot is taken and the invitation is in the calendar, or with the reason why not.',
    body: bookingSchema(kind, new Date(0)),
    answer: done('Booked'),
    errors: [...bodyErrors, ...(kind === 'support' ? [404] : []), 429, 503],
  });
}
register({
  method: 'get',
  path: '/callbooker/availability/',
  tag: callbooker,
  summary: 'Free slots of an admin',
  query: availabilityQuery,
  answer: { description: 'The slots, in order', content: json(schemas.slots) },
  errors: [404, 422, 429, 503],
});
register({
  method: 'get',
  path: '/callbooker/support-link/generate/tc2/',
  tag: callbooker,
  summary: 'Make a link to the support booking page',
  security: 'tc2Token',
  query: generateQuery,
  answer: {
    description: 'The link',
    content: {
      'application/json': {
        schema: { type: 'object', properties: { link: { type: 'string' } }, required: ['link'] },
      },
    },
  },
  errors: [400, 403, 404, 422, 503],
});
register({
  method: 'get',
  path: '/callbooker/support-link/validate/',
  tag: callbooker,
  summary: 'Check a link to the support booking page',
  query: validateQuery,
  answer: {
    description: 'The link is good',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          properties: { status: { const: 'ok' }, company_name: { type: 'string' } },
          required: ['status', 'company_name'],
        },
      },
    },
  },
  errors: [403, 404, 422, 503],
});

const meetingId = {
  name: 'uuid',
  schema: { type: 'string', format: 'uuid' },
  description: 'The call, as the invitation names it',
};
const asPage = 'A browser is answered with a page, which works without scripts.';
register({
  method: 'get',
  path: '/callbooker/meeting/{uuid}/',
  tag: callbooker,
  summary: 'A booked call, by the link in its invitation',
  description: asPage,
  pathParameters: [meetingId],
  query: cancelBody,
  answer: { description: 'The call', content: { ...json(schemas.meeting), ...text('text/html') } },
  errors: [403, 404, 503],
  errorPages: true,
});
register({
  method: 'post',
  path: '/callbooker/meeting/{uuid}/cancel/',
  tag: callbooker,
  summary: 'Cancel a booked call',
  description: asPage,
  pathParameters: [meetingId],
  body: cancelBody,
  answer: { description: 'Cancelled', content: { ...json(components.ok), ...text('text/html') } },
  errors: [400, 403, 404, 408, 413, 422, 429, 503],
  errorPages: true,
});
register({
  method: 'post',
  path: '/callbooker/meeting/{uuid}/reschedule/',
  tag: callbooker,
  summary: 'Move a booked call',
  description: asPage,
  pathParameters: [meetingId],
  body: moveBody,
  answer: { description: 'Moved', content: { ...json(components.ok), ...text('text/html') } },
  errors: [400, 403, 404, 408, 413, 422, 429, 503],
  errorPages: true,
});

const lookups = 'Lookups';
register({
  method: 'get',
  path: '/choose-roundrobin/sales/',
  tag: lookups,
  summary: 'Whose turn it is to sell a plan in a country',
  query: salesQuery,
  answer: { description: 'The admin', content: json(components.admin) },
  errors: [404, 422, 503],
});
register({
  method: 'get',
  path: '/choose-roundrobin/support/',
  tag: lookups,
  summary: 'Whose turn it is to support',
  answer: { description: 'The admin', content: json(components.admin) },
  errors: [404, 503],
});
register({
  method: 'get',
  path: '/companies/',
  tag: lookups,
  summary: 'Companies by an exact value; several must all fit, one is required',
  query: companiesQuery,
  answer: {
    description: 'At most 10, by name',
    content: { 'application/json': { schema: { type: 'array', items: components.company } } },
  },
  errors: [422, 503],
});
register({
  method: 'get',
  path: '/loc/',
  tag: lookups,
  summary: "The visitor's country",
  answer: {
    description: 'As Cloudflare sees it, else GB',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          properties: { country_code: { type: 'string' } },
          required: ['country_code'],
        },
      },
    },
  },
  errors: [],
});

const operations = 'Operations';
register({
  method: 'get',
  path: '/healthz',
  tag: operations,
  summary: 'Liveness',
  answer: done('The process answers'),
  errors: [],
});
registry.registerPath({
  method: 'get',
  path: '/readyz',
  tags: [operations],
  summary: 'Readiness: the database answers, and Temporal can start runs',
  responses: {
    200: { description: 'Both are ready', content: json(schemas.ready) },
    503: { description: 'One is not, or both', content: json(schemas.notReady) },
  },
});
register({
  method: 'get',
  path: '/metrics',
  tag: operations,
  summary: 'Metrics for Prometheus',
  answer: { description: 'Text exposition format', content: text('text/plain') },
  errors: [],
});
register({
  method: 'get',
  path: '/openapi.json',
  tag: operations,
  summary: 'This description',
  answer: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: { type: 'object' } } } },
  errors: [],
});
register({
  method: 'get',
  path: '/docs',
  tag: operations,
  summary: 'This description as a page',
  answer: { description: 'HTML', content: text('text/html') },
  errors: [],
});

/** The document; made once, because it does not change while the process runs. */
export const openApi = new OpenApiGeneratorV31(registry.definitions).generateDocument({
  openapi: '3.1.0',
  info: {
    title: 'Hermes',
    version: '1',
    description:
      'Every route works with and without its final slash. Numbers may arrive as strings, optional text as "". Every error is JSON with `status` "error" and a `message` for a person, also 404 and 405.',
  },
  tags: [webhooks, callbooker, lookups, operations].map((name) => ({ name })),
});

const body = JSON.stringify(openApi);

/** GET /openapi.json */
export const openApiDocument = (context: Context): void => {
  context.type = 'application/json';
  context.body = body;
};
