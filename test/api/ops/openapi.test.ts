import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { useHermes } from '../../support/hermes.ts';
import { createApp } from '../../../api/app.ts';
import { createNamespace } from '../../../api/namespace.ts';
import { createStarter } from '../../../inbox/starter.ts';
import { createPool } from '../../../db/pool.ts';

interface Operation {
  summary: string;
  tags: string[];
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: {
    content: Record<string, { schema: { properties: Record<string, object>; required: string[] } }>;
  };
  responses: Record<string, { description: string; content?: Record<string, { schema: { $ref?: string } }> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

/** Routes of the operators' own pages are no part of the API. */
const isDescribed = (path: string): boolean => !path.startsWith('/admin');

const normal = (path: string): string => path.replaceAll(/[:*](\w+)/g, '{$1}').replace(/(.)\/$/, '$1');

describe('GET /openapi.json and /docs', () => {
  const hermes = useHermes({ worker: false });
  let document: Document;
  before(async () => {
    document = (await (await fetch(`${hermes.url}/openapi.json`)).json()) as Document;
  });

  const operations = (): [string, string, Operation][] =>
    Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]): [string, string, Operation] => [
        method,
        path,
        operation,
      ]),
    );

  it('describes each route of the router, and no other', async () => {
    const pool = createPool(hermes.databaseUrl, 1, () => undefined);
    const { db, environment, logger, temporal } = hermes;
    const starter = createStarter({
      temporal: () => ({ client: temporal, eager: false }),
      pool,
      logger,
      limit: 0,
    });
    const app = createApp({
      environment,
      logger,
      db,
      pool,
      temporal,
      namespace: createNamespace(temporal, logger),
      starter,
    });
    const routes = app.middleware.flatMap((middleware) => {
      const { router } = middleware as { router?: { stack: { path: string; methods: string[] }[] } };
      return (router?.stack ?? []).flatMap(({ path, methods }) =>
        methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${normal(path)}`),
      );
    });
    await pool.end();
    const expected = [...new Set(routes)].filter((route) => isDescribed(route.split(' ')[1] ?? ''));
    assert.ok(expected.length > 15);
    assert.deepEqual(
      operations()
        .map(([method, path]) => `${method.toUpperCase()} ${normal(path)}`)
        .toSorted(),
      expected.toSorted(),
    );
  });

  it('is OpenAPI 3.1, whose references lead somewhere', () => {
    assert.match(document.openapi, /^3\.1\./);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    assert.ok(references.length > 0);
    for (const [, name = ''] of references) assert.ok(name in document.components.schemas, name);
  });

  it('gives every operation a summary, an answer and the error that anything may end in', () => {
    for (const [method, path, { summary, tags, responses }] of operations()) {
      const where = `${method} ${path}`;
      assert.ok(summary.length > 5 && tags.length === 1, where);
      assert.ok('200' in responses, where);
      for (const [status, { description, content }] of Object.entries(responses)) {
        assert.notEqual(description, '', where);
        if (Number(status) < 400 || path === '/readyz') continue;
        const name = status === '422' ? 'ValidationError' : 'Error';
        assert.equal(content?.['application/json']?.schema.$ref, `#/components/schemas/${name}`, where);
      }
    }
  });

  it('takes parameters and bodies from the schemas that parse them', () => {
    const availability = document.paths['/callbooker/availability/']?.['get'];
    assert.deepEqual(
      availability?.parameters?.map(({ name, required }) => [name, required]),
      [
        ['admin_id', true],
        ['start_dt', true],
        ['end_dt', true],
      ],
    );
    const companies = document.paths['/companies/']?.['get'];
    assert.deepEqual(
      companies?.parameters?.map(({ name, required }) => [name, required]),
      [
        ['id', false],
        ['tc2_agency_id', false],
        ['tc2_cligency_id', false],
        ['name', false],
      ],
    );
    const booking = document.paths['/callbooker/sales/book/']?.['post'];
    const body = booking?.requestBody?.content['application/json']?.schema;
    assert.deepEqual(body?.required.toSorted(), [
      'admin_id',
      'company_name',
      'email',
      'meeting_dt',
      'name',
      'price_plan',
    ]);
    assert.ok('utm_campaign' in (body?.properties ?? {}));
  });

  it('is a page too, which needs nothing from elsewhere and runs no script', async () => {
    const answer = await fetch(`${hermes.url}/docs`);
    const page = await answer.text();
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    for (const [, path] of operations()) assert.ok(page.includes(path), path);
    assert.doesNotMatch(page, /<script|\son\w+=|style="|src=|https?:\/\//);
    const [, style = ''] = /<style>([^]*?)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.ok(policy.includes("default-src 'none'") && policy.includes(`style-src 'sha256-${hash}'`));
  });
});
