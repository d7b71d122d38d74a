/**
 * The page's HTML, made anew for every request.
 */
import type { LoggedRequest, RequestLog } from '../../common/requestLog.ts';
import type { Account } from '../account.ts';
import type { DealRow, FieldEntity, LabelledValue } from '../rows.ts';
import type { Store } from '../store.ts';
import type { Delivery } from '../webhooks/delivery.ts';
import type { Webhook } from '../webhooks/registry.ts';
import { html, Html } from './html.ts';
import { style } from './style.ts';

const refreshSeconds = 3;
const shownRows = 50;
const shownCalls = 25;

const newest = <R extends { id: number; is_deleted: boolean }>(rows: Iterable<R>): R[] =>
  [...rows].sort((a, b) => b.id - a.id).slice(0, shownRows);

const link = (kind: string, id: number | null, name: string | undefined): Html =>
  id === null ? html`<span class="none">–</span>` : html`<a href="#${kind}-${id}">${name ?? `#${id}`}</a>`;

const userName = (store: Store, id: number): string => store.users.get(id)?.name ?? `#${id}`;

const showValue = (value: unknown): string => {
  if (typeof value === 'object' && value !== null) {
    return 'value' in value ? String(value.value) : JSON.stringify(value);
  }
  return String(value);
};

/** Custom fields by their names, the empty ones left out. */
const customFields = (store: Store, entity: FieldEntity, values: Record<string, unknown>): Html => {
  const filled = store.customFields(entity).filter((field) => values[field.field_code] !== undefined);
  if (filled.length === 0) return html`<span class="none">–</span>`;
  const rows = filled.map((field) => {
    const value = values[field.field_code];
    const labels = (Array.isArray(value) ? value : [value]).map(
      (id) => field.options?.find((option) => option.id === id)?.label ?? showValue(id),
    );
    const shown =
      field.field_type === 'user' && typeof value === 'number' ? userName(store, value) : labels.join(', ');
    return html`<dt>${field.field_name}</dt>
      <dd>${shown}</dd>`;
  });
  return html`<dl>${rows}</dl>`;
};

const time = (utc: string): Html => html`<time>${utc.replace('T', ' ').replace('Z', '')}</time>`;

const rowClass = (row: { is_deleted: boolean }): string => (row.is_deleted ? 'deleted' : '');

const table = (heads: string[], rows: Html[], empty: string): Html =>
  rows.length === 0
    ? html`<p class="empty">${empty}</p>`
    : html`<div class="scroll">
        <table>
          <thead>
            <tr>
              ${heads.map((head) => html`<th>${head}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows}
          </tbody>
        </table>
      </div>`;

const section = (title: string, count: number, content: Html): Html =>
  html`<section id="${title.toLowerCase().replaceAll(' ', '-')}">
    <h2>${title} <span class="count">${count}</span></h2>
    ${content}
  </section>`;

const alive = (rows: Iterable<{ is_deleted: boolean }>): number =>
  [...rows].filter((row) => !row.is_deleted).length;

const organizations = (store: Store): Html => {
  const rows = newest(store.organizations.values()).map(
    (row) =>
      html`<tr id="organization-${row.id}" class="${rowClass(row)}">
        <td class="id">${row.id}</td>
        <td>
          <strong>${row.name}</strong>
          ${
            row.is_deleted
              ? html`<span class="badge">deleted</span>`
              : html`<form method="post" action="/organizations/${row.id}/rename">
                  <input
                    name="name"
                    value="${row.name}"
                    aria-label="New name of organization ${row.id}"
                    required
                    maxlength="255"
                  /><button>Rename</button>
                </form>`
          }
        </td>
        <td>${userName(store, row.owner_id)}</td>
        <td>${row.address?.value ?? html`<span class="none">–</span>`}</td>
        <td>${customFields(store, 'organization', row.custom_fields)}</td>
        <td>${time(row.update_time)}</td>
      </tr>`,
  );
  return section(
    'Organizations',
    alive(store.organizations.values()),
    table(['Id', 'Name', 'Owner', 'Address', 'Custom fields', 'Updated'], rows, 'No organization yet.'),
  );
};

const primaryOf = (items: LabelledValue[]): Html => {
  const primary = items.find((item) => item.primary)?.value;
  if (primary === undefined) return html`<span class="none">–</span>`;
  const more = items.length - 1;
  return html`${primary}${more > 0 && html` <span class="none">+${more}</span>`}`;
};

const persons = (store: Store): Html => {
  const rows = newest(store.persons.values()).map(
    (row) =>
      html`<tr id="person-${row.id}" class="${rowClass(row)}">
        <td class="id">${row.id}</td>
        <td><strong>${row.name}</strong>${row.is_deleted && html` <span class="badge">deleted</span>`}</td>
        <td>${link('organization', row.org_id, store.organizations.get(row.org_id ?? 0)?.name)}</td>
        <td>${primaryOf(row.emails)}</td>
        <td>${primaryOf(row.phones)}</td>
        <td>${customFields(store, 'person', row.custom_fields)}</td>
        <td>${time(row.update_time)}</td>
      </tr>`,
  );
  const heads = ['Id', 'Name', 'Organization', 'E-mail', 'Phone', 'Custom fields', 'Updated'];
  return section('Persons', alive(store.persons.values()), table(heads, rows, 'No person yet.'));
};

const money = (row: DealRow): string => `${row.currency} ${row.value.toLocaleString('en-GB')}`;

const deals = (store: Store): Html => {
  const rows = newest(store.deals.values()).map(
    (row) =>
      html`<tr id="deal-${row.id}" class="${rowClass(row)}">
        <td class="id">${row.id}</td>
        <td><strong>${row.title}</strong><br /><span class="none">${money(row)}</span></td>
        <td><span class="badge ${row.status}">${row.status}</span></td>
        <td>
          ${store.pipelines.get(row.pipeline_id)?.name ?? row.pipeline_id} ›
          ${store.stages.get(row.stage_id)?.name ?? row.stage_id}
        </td>
        <td>${link('organization', row.org_id, store.organizations.get(row.org_id ?? 0)?.name)}</td>
        <td>${link('person', row.person_id, store.persons.get(row.person_id ?? 0)?.name)}</td>
        <td>${userName(store, row.owner_id)}</td>
        <td>${customFields(store, 'deal', row.custom_fields)}</td>
        <td>${time(row.update_time)}</td>
      </tr>`,
  );
  const heads = [
    'Id',
    'Title',
    'Status',
    'Stage',
    'Organization',
    'Person',
    'Owner',
    'Custom fields',
    'Updated',
  ];
  return section('Deals', alive(store.deals.values()), table(heads, rows, 'No deal yet.'));
};

const activities = (store: Store): Html => {
  const rows = newest(store.activities.values()).map((row) => {
    const personId = row.participants.find((participant) => participant.primary)?.person_id ?? null;
    return html`<tr id="activity-${row.id}" class="${rowClass(row)}">
      <td class="id">${row.id}</td>
      <td><strong>${row.subject}</strong>${row.is_deleted && html` <span class="badge">deleted</span>`}</td>
      <td>${row.type}</td>
      <td>
        ${row.due_date} ${row.due_time?.slice(0, 5)}
        ${row.duration !== null && `(${row.duration.slice(0, 5)})`}
      </td>
      <td>${link('organization', row.org_id, store.organizations.get(row.org_id ?? 0)?.name)}</td>
      <td>${link('person', personId, store.persons.get(personId ?? 0)?.name)}</td>
      <td>${link('deal', row.deal_id, store.deals.get(row.deal_id ?? 0)?.title)}</td>
      <td>${userName(store, row.owner_id)}</td>
      <td>${time(row.update_time)}</td>
    </tr>`;
  });
  const heads = ['Id', 'Subject', 'Type', 'Due (UTC)', 'Organization', 'Person', 'Deal', 'Owner', 'Updated'];
  return section('Activities', alive(store.activities.values()), table(heads, rows, 'No activity yet.'));
};

const pipelines = (store: Store): Html => {
  const live = [...store.pipelines.values()].filter((pipeline) => !pipeline.is_deleted);
  const rows = live.map((pipeline) => {
    const stages = store
      .stagesOf(pipeline.id)
      .map((stage) => html`<span class="stage">${stage.name} <span class="id">${stage.id}</span></span>`);
    return html`<tr id="pipeline-${pipeline.id}">
      <td class="id">${pipeline.id}</td>
      <td><strong>${pipeline.name}</strong></td>
      <td>${stages}</td>
    </tr>`;
  });
  return section('Pipelines', live.length, table(['Id', 'Name', 'Stages'], rows, 'No pipeline.'));
};

const statusClass = (status: number | null): string => {
  if (status === null || status === 0 || status >= 500) return 'bad';
  return status >= 400 ? 'warn' : 'good';
};

const call = (entry: LoggedRequest): Html => {
  const query = new URLSearchParams(entry.query as Record<string, string>).toString();
  return html`<tr>
    <td><time>${entry.at.toISOString().slice(11, 23)}</time></td>
    <td><code>${entry.method}</code></td>
    <td>
      <code>${entry.path}${query !== '' && `?${query}`}</code>
    </td>
    <td>
      <span class="badge ${statusClass(entry.status)}">${entry.status === 0 ? 'dropped' : entry.status}</span>
    </td>
    <td class="id">${entry.tokens}</td>
  </tr>`;
};

const calls = (requests: RequestLog): Html =>
  section(
    'API calls',
    requests.entries.length,
    table(
      ['Time', 'Method', 'Path', 'Status', 'Tokens'],
      requests.entries.slice(-shownCalls).toReversed().map(call),
      'Nobody has called yet.',
    ),
  );

const webhooks = (list: Webhook[]): Html =>
  section(
    'Webhooks',
    list.length,
    table(
      ['Id', 'Event', 'Target', 'Last status'],
      list.map(
        (webhook) =>
          html`<tr>
            <td class="id">${webhook.id}</td>
            <td><code>${webhook.event_action}.${webhook.event_object}</code></td>
            <td><code>${webhook.subscription_url}</code></td>
            <td>
              ${
                webhook.last_delivery_time === null
                  ? html`<span class="none">–</span>`
                  : html`<span class="badge ${statusClass(webhook.last_http_status)}"
                      >${webhook.last_http_status ?? 'no answer'}</span
                    >`
              }
            </td>
          </tr>`,
      ),
      'No webhook is registered.',
    ),
  );

const deliveries = (list: Delivery[]): Html =>
  section(
    'Deliveries',
    list.length,
    table(
      ['Event', 'Record', 'Source', 'Attempts', 'State'],
      list
        .slice(-shownCalls)
        .toReversed()
        .map(
          ({ payload: { meta }, attempts, state }) =>
            html`<tr>
              <td><code>${String(meta['action'])}.${String(meta['entity'])}</code></td>
              <td>${link(String(meta['entity']), Number(meta['entity_id']), undefined)}</td>
              <td>${String(meta['change_source'])}</td>
              <td class="id">${attempts.length}</td>
              <td><span class="badge ${state}">${state}</span></td>
            </tr>`,
        ),
      'Nothing was sent yet.',
    ),
  );

/** The page reloads itself, but not while somebody types into a form. */
const refresh = new Html(`<script>
  setInterval(() => {
    if (document.activeElement?.tagName !== 'INPUT') location.reload();
  }, ${refreshSeconds * 1_000});
</script>`);

export const renderPage = ({ store, settings, registry, delivery }: Account, requests: RequestLog): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${settings.companyName} · Pipedrive sandbox</title>
        ${new Html(`<style>${style}</style>`)}
      </head>
      <body>
        <header>
          <h1>Pipedrive sandbox</h1>
          <p>${settings.companyName} · <code>${settings.companyDomain}.pipedrive.com</code></p>
          <nav>
            <a href="#organizations">Organizations</a> <a href="#persons">Persons</a>
            <a href="#deals">Deals</a> <a href="#activities">Activities</a> <a href="#pipelines">Pipelines</a>
            <a href="#api-calls">API calls</a> <a href="#webhooks">Webhooks</a>
          </nav>
        </header>
        <main>
          ${organizations(store)} ${persons(store)} ${deals(store)} ${activities(store)}
          <div class="columns">
            ${calls(requests)}
            <div>${webhooks(registry.list())} ${deliveries(delivery.deliveries)} ${pipelines(store)}</div>
          </div>
        </main>
        ${refresh}
      </body>
    </html>`.text;
