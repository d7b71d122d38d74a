/**
 * Plain pages for people who try the demo: the clients at `/`, one client at `/clients/{id}/`, the address that Hermes puts
 * into Pipedrive.
 */
import type { Middleware } from 'koa';
import type { PeerState } from '../common/body.ts';
import { escapeHtml, page, table } from '../common/html.ts';
import type { Tc2Client } from './events.ts';
import type { Tc2Sandbox } from './index.ts';

const listPage = (clients: readonly Tc2Client[]): string =>
  page(
    'TutorCruncher sandbox',
    table(
      ['Client', 'Agency', 'Status', 'Plan', 'Paid invoices'],
      clients.map(({ id, meta_agency: agency, status }) => [
        `<a href="/clients/${id}/">${id}</a>`,
        escapeHtml(agency?.name ?? 'enquiry'),
        escapeHtml(agency?.status ?? status),
        escapeHtml(agency?.price_plan ?? ''),
        String(agency?.paid_invoice_count ?? ''),
      ]),
    ),
  );

const clientPage = (client: Tc2Client): string =>
  page(
    client.meta_agency?.name ?? `Client ${client.id}`,
    `<p><a href="/">All clients</a></p>${table(
      ['Attribute', 'Value'],
      client.extra_attrs.map(({ machine_name: name, value }) => [
        escapeHtml(name),
        escapeHtml(String(value)),
      ]),
    )}<pre>${escapeHtml(JSON.stringify(client, null, 2))}</pre>`,
  );

export const clientPages =
  (sandbox: Tc2Sandbox): Middleware<PeerState> =>
  async (ctx, next) => {
    const [, id] = /^\/clients\/(\d+)\/?$/.exec(ctx.path) ?? [];
    if (ctx.method !== 'GET' || (ctx.path !== '/' && id === undefined)) {
      await next();
      return;
    }
    ctx.type = 'html';
    if (id === undefined) {
      ctx.body = listPage([...sandbox.state.clients.values()]);
      return;
    }
    const client = sandbox.state.clients.get(Number(id));
    ctx.status = client === undefined ? 404 : 200;
    ctx.body = client === undefined ? page('Not found', '') : clientPage(client);
  };
