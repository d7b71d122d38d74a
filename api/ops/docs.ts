/**
 * GET /docs: the description of the API as one page, made on the server from /openapi.json's document.
 *
 * It needs nothing from elsewhere and runs no script; its content security policy allows its own style sheet and nothing else.
 */
import { createHash } from 'node:crypto';
import type { Context } from 'koa';
import { openApi } from './openapi.ts';

const style = `:root{color-scheme:light dark;--ink:#1f2a37;--soft:#66707c;--line:#dfe4ea;--back:#fff;--box:#f5f7f9}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa5b1;--line:#39424e;--back:#161b22;--box:#1f262f}}
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem 1.25rem 4rem;max-width:60rem;background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
h1{margin:0;font-size:1.6rem}h2{margin:2.2rem 0 .5rem;font-size:1.15rem}h3{margin:1rem 0 .2rem;font-size:.85rem;color:var(--soft)}
a{color:inherit}code{font:13px ui-monospace,monospace}nav{margin:.8rem 0}nav a{margin-right:1rem}
details{border:1px solid var(--line);border-radius:.4rem;margin:.5rem 0;background:var(--box)}
summary{padding:.5rem .8rem;cursor:pointer}summary span{color:var(--soft)}
details>div{padding:0 .8rem .8rem;background:var(--back);border-top:1px solid var(--line);border-radius:0 0 .4rem .4rem}
.verb{display:inline-block;width:3.6rem;font-weight:600}.get{color:#1769aa}.post{color:#2f7d3b}
@media (prefers-color-scheme:dark){.get{color:#6db3f2}.post{color:#7fce8b}}
table{width:100%;border-collapse:collapse}th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-size:.8rem;color:var(--soft)}tr:last-child td{border-bottom:0}`;

const policy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replace(/[&<>"']/g, (char) => escapes[char] ?? char);

/** Text with `names` in it. */
const prose = (text: string): string => escape(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

/** The parts of the document that the page shows. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  format?: string;
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  prefixItems?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  description?: string;
}
interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  security?: Record<string, string[]>[];
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
  responses?: Record<string, { description: string; content?: Record<string, { schema?: Schema }> }>;
}

const document = openApi as unknown as {
  info: { title: string; description: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, Schema>;
    securitySchemes: Record<string, { description?: string; name?: string; scheme?: string }>;
  };
};

const resolve = (schema: Schema): Schema => {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (document.components.schemas[name] ?? schema);
};

/** A schema in a few words. */
const typeOf = (schema: Schema | undefined): string => {
  if (schema === undefined) return 'any';
  const { $ref: ref, const: constant, enum: values, anyOf, oneOf, items, prefixItems, type, format } = schema;
  if (ref !== undefined) return ref.split('/').at(-1) ?? 'object';
  if (constant !== undefined) return JSON.stringify(constant);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' | ');
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeOf))].join(' | ');
  if (prefixItems !== undefined) return `[${prefixItems.map(typeOf).join(', ')}]`;
  if (items !== undefined) return `${typeOf(items)}[]`;
  const name = Array.isArray(type) ? type.join(' | ') : (type ?? 'any');
  return format === undefined ? name : `${name} (${format})`;
};

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>${rows
    .map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
    .join('')}</table>`;

const code = (text: string): string => `<code>${escape(text)}</code>`;

const fields = (schema: Schema): string => {
  const { properties = {}, required = [] } = resolve(schema);
  const rows = Object.entries(properties).map(([name, property]) => [
    code(name),
    code(typeOf(property)),
    required.includes(name) ? 'required' : '',
    prose(property.description ?? ''),
  ]);
  return rows.length === 0 ? `<p>${code(typeOf(schema))}</p>` : table(['Field', 'Type', '', ''], rows);
};

const answers = (responses: NonNullable<Operation['responses']>): string =>
  table(
    ['Status', 'Means', 'Body'],
    Object.entries(responses).map(([status, { description, content = {} }]) => [
      code(status),
      prose(description),
      Object.entries(content)
        .map(([type, { schema }]) =>
          type === 'application/json' ? code(shortBody(schema)) : `<code>${escape(type)}</code>`,
        )
        .join(' or '),
    ]),
  );

const shortBody = (schema: Schema | undefined): string => {
  const { properties } = schema === undefined ? {} : schema.$ref === undefined ? schema : {};
  if (properties === undefined) return typeOf(schema);
  return `{${Object.entries(properties)
    .map(([name, property]) => `${name}: ${typeOf(property)}`)
    .join(', ')}}`;
};

const anchor = (method: string, path: string): string =>
  `${method}${path}`.replaceAll(/[^a-z0-9]+/g, '-').replace(/-$/, '');

const operation = (method: string, path: string, described: Operation): string => {
  const {
    summary = '',
    description,
    security = [],
    parameters = [],
    requestBody,
    responses = {},
  } = described;
  const keys = security.flatMap((scheme) => Object.keys(scheme));
  const parts = [
    description === undefined ? '' : `<p>${prose(description)}</p>`,
    ...keys.map((key) => {
      const { description: how = '', name, scheme } = document.components.securitySchemes[key] ?? {};
      return `<h3>Key</h3><p>${name === undefined ? escape(scheme ?? '') : code(name)}: ${prose(how)}</p>`;
    }),
    parameters.length === 0
      ? ''
      : `<h3>Parameters</h3>${table(
          ['Name', 'Type', '', ''],
          parameters.map((parameter) => [
            code(parameter.name),
            code(typeOf(parameter.schema)),
            parameter.required === true ? 'required' : '',
            prose(parameter.description ?? ''),
          ]),
        )}`,
    ...Object.values(requestBody?.content ?? {}).map(({ schema = {} }) => `<h3>Body</h3>${fields(schema)}`),
    `<h3>Answers</h3>${answers(responses)}`,
  ];
  return `<details id="${anchor(method, path)}"><summary><span class="verb ${method}">${method.toUpperCase()}</span><code>${escape(
    path,
  )}</code> <span>${escape(summary)}</span></summary><div>${parts.join('')}</div></details>`;
};

const section = (tag: string): string => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, described]) => described.tags?.includes(tag) === true)
      .map(([method, described]) => operation(method, path, described)),
  );
  return `<h2 id="${tag.toLowerCase()}">${escape(tag)}</h2>${operations.join('')}`;
};

const schemaSection = (): string =>
  `<h2 id="schemas">Schemas</h2>${Object.entries(document.components.schemas)
    .map(
      ([name, schema]) =>
        `<details><summary><code>${escape(name)}</code></summary><div>${fields(schema)}</div></details>`,
    )
    .join('')}`;

const tags = document.tags.map(({ name }) => name);
const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Hermes API</title><style>${style}</style></head><body><h1>Hermes API</h1><p>${prose(document.info.description)}</p><nav>${[
  ...tags,
  'Schemas',
]
  .map((name) => `<a href="#${name.toLowerCase()}">${escape(name)}</a>`)
  .join(
    '',
  )}<a href="openapi.json">openapi.json</a></nav>${tags.map(section).join('')}${schemaSection()}</body></html>`;

/** GET /docs */
export const docsPage = (context: Context): void => {
  context.set('content-security-policy', policy);
  context.type = 'html';
  context.body = page;
};
