/**
 * Plain pages for people who try the demo: the clients at `/`, one client at `/clients/{id}/`, which is the address that Hermes
 * puts into Pipedrive. The forms do what happens in TutorCruncher, and its webhooks follow.
 */
import type { Middleware } from 'koa';
import { z } from 'zod';
import { readBody, type PeerState } from '../common/body.ts';
import { escapeHtml, page, table } from '../common/html.ts';
import type { Tc2Client } from './events.ts';
import type { Tc2Sandbox } from './index.ts';

const statuses = [
  'pending_email_conf',
  'trial',
  'active',
  'active-not-paying',
  'suspended',
  'terminated',
  'in-arrears',
] as const;
const plans = ['monthly-payg', 'monthly-startup', 'monthly-enterprise'] as const;

const newClientForm = z.object({
  name: z.string().trim().min(1).max(255),
  email: z.string().trim(),
  price_plan: z.enum(plans),
});
const statusForm = z.object({ status: z.enum(statuses) });

const select = (name: string, values: readonly string[], chosen = ''): string =>
  `<select name="${name}">${values
    .map((value) => `<option${value === chosen ? ' selected' : ''}>${escapeHtml(value)}</option>`)
    .join('')}</select>`;

const form = (action: string, label: string, inputs = ''): string =>
  `<form method="post" action="${action}">${inputs}<button>${escapeHtml(label)}</button></form>`;

const listPage = (clients: readonly Tc2Client[]): string =>
  page(
    'TutorCruncher sandbox',
    `${form(
      '/clients/',
      'An agency signs up',
      `<input name="name" placeholder="Agency" required><input name="email" type="email" placeholder="E-mail">${select('price_plan', plans)}`,
    )}${table(
      ['Client', 'Agency', 'Status', 'Plan', 'Paid invoices'],
      clients.map(({ id, meta_agency: agency, status }) => [
        `<a href="/clients/${id}/">${id}</a>`,
        escapeHtml(agency?.name ?? 'enquiry'),
        escapeHtml(agency?.status ?? status),
        escapeHtml(agency?.price_plan ?? ''),
        String(agency?.paid_invoice_count ?? ''),
      ]),
    )}`,
  );

const clientPage = (client: Tc2Client): string => {
  const at = `/clients/${client.id}`;
  return page(
    client.meta_agency?.name ?? `Client ${client.id}`,
    `<p><a href="/">All clients</a></p>${form(
      `${at}/status`,
      'Set the status',
      select('status', statuses, client.meta_agency?.status),
    )}${form(`${at}/invoice-paid`, 'An invoice is paid')}${form(`${at}/delete`, 'Delete the client')}${table(
      ['Attribute', 'Value'],
      client.extra_attrs.map(({ machine_name: name, value }) => [
        escapeHtml(name),
        escapeHtml(String(value)),
      ]),
    )}<pre>${escapeHtml(JSON.stringify(client, null, 2))}</pre>`,
  );
};

const addClient = (sandbox: Tc2Sandbox, body: unknown): string => {
  const { name, email, price_plan: plan } = newClientForm.parse(body);
  const { id } = sandbox.createClient({
    meta_agency: {
      name,
      website: null,
      price_plan: plan,
      created: new Date().toISOString(),
      email_confirmed_dt: null,
      gclid: null,
      gclid_expiry_dt: null,
      signup_questionnaire: null,
      signup_data: null,
    },
    user: { first_name: null, last_name: name, email: email === '' ? null : email, phone: null },
  });
  return `/clients/${id}/`;
};

/** Does what a form asks and gives the page to see next; undefined when there is no such form or client. */
const act = (sandbox: Tc2Sandbox, path: string, body: unknown): string | undefined => {
  if (path === '/clients/') return addClient(sandbox, body);
  const [, text, action] = /^\/clients\/(\d+)\/(status|invoice-paid|delete)$/.exec(path) ?? [];
  const id = Number(text);
  if (!sandbox.state.clients.has(id)) return undefined;
  if (action === 'delete') {
    sandbox.deleteClient(id);
    return '/';
  }
  if (action === 'invoice-paid') sandbox.invoicePaid(id);
  else sandbox.changeClient(id, { meta_agency: statusForm.parse(body) });
  return `/clients/${id}/`;
};

const show = (sandbox: Tc2Sandbox, path: string): string | undefined => {
  if (path === '/') return listPage([...sandbox.state.clients.values()]);
  const client = sandbox.state.clients.get(Number(/^\/clients\/(\d+)\/?$/.exec(path)?.[1]));
  return client === undefined ? undefined : clientPage(client);
};

/** Answers the pages and their forms; the API and the control desk go on. */
export const clientPages = (sandbox: Tc2Sandbox): Middleware<PeerState> => {
  const body = readBody();
  return async (ctx, next) => {
    const isPage = ctx.path === '/' || ctx.path.startsWith('/clients/');
    if (!isPage || (ctx.method !== 'GET' && ctx.method !== 'POST')) {
      await next();
      return;
    }
    if (ctx.method === 'GET') {
      const html = show(sandbox, ctx.path);
      ctx.status = html === undefined ? 404 : 200;
      ctx.type = 'html';
      ctx.body = html ?? page('Not found', '<p><a href="/">All clients</a></p>');
      return;
    }
    await body(ctx, () => {
      try {
        const seen = act(sandbox, ctx.path, ctx.state.body);
        if (seen === undefined) return Promise.resolve();
        ctx.redirect(seen);
        ctx.status = 303;
      } catch (error) {
        if (!(error instanceof z.ZodError)) throw error;
        ctx.status = 422;
        ctx.type = 'html';
        ctx.body = page('Not understood', `<pre>${escapeHtml(z.prettifyError(error))}</pre>`);
      }
      return Promise.resolve();
    });
  };
};
