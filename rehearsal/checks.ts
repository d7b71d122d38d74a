/** What must work end to end on the stage. Each check waits for what it looks for, and says what it found. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Rehearsal } from './stage.ts';

export interface Check {
  name: string;
  run: (stage: Rehearsal) => Promise<string>;
}

const withinMs = 60_000;

/** Asks until there is an answer. @throws Error when there is none in time */
export const eventually = async <T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  timeoutMs = withinMs,
): Promise<T> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await pause(100);
  }
};

const text = async (url: string): Promise<string> => {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return response.text();
};

/** A client of TutorCruncher whose people are nobody else's. @returns its id */
export const signUp = ({ accounts: { tc2 } }: Rehearsal, name: string): number => {
  const email = `${name.toLowerCase().replaceAll(' ', '-')}@rehearsal.example`;
  const client = tc2.createClient({
    meta_agency: { name, created: new Date().toISOString(), status: 'trial', paid_invoice_count: 0 },
    user: { first_name: 'Client', last_name: `Of ${name}`, email, phone: null },
  });
  return client.id;
};

interface CompanyRow {
  id: number;
  name: string;
  pd_org_id: number | null;
}

/** The company of a client, once both sides hold what is wanted. */
export const synced = ({ db }: Rehearsal, clientId: number): Promise<CompanyRow & { pd_org_id: number }> =>
  eventually(`client ${clientId} is a company in sync`, async () => {
    const row = (await db('company')
      .where({ tc2_cligency_id: clientId })
      .whereNotNull('pd_org_id')
      .whereRaw('pipedrive_synced_version = wanted_version and tc2_synced_version = wanted_version')
      .first('id', 'name', 'pd_org_id')) as (CompanyRow & { pd_org_id: number }) | undefined;
    return row;
  });

/** Tomorrow week at two in the afternoon, in UTC. */
const bookingMoment = (): string =>
  `${new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 10)}T14:00:00Z`;

export const checks: readonly Check[] = [
  {
    name: 'every API is ready, and the door answers',
    run: async ({ apis, proxy }) => {
      for (const { ports } of apis) await text(`http://127.0.0.1:${ports['PORT']}/readyz`);
      await text(`${proxy.url}/healthz`);
      return `${apis.length} APIs`;
    },
  },
  {
    name: 'metrics of APIs, workers and Temporal',
    run: async ({ apis, workers, temporal }) => {
      for (const { ports } of apis)
        assert.match(await text(`http://127.0.0.1:${ports['PORT']}/metrics`), /hermes_database_up 1/);
      for (const { ports } of workers)
        assert.match(
          await text(`http://127.0.0.1:${ports['WORKER_METRICS_PORT']}/metrics`),
          /temporal_num_pollers/,
        );
      assert.match(await text(`http://${temporal.metrics}/metrics`), /service_requests/);
      return 'as prometheus.yml asks for them';
    },
  },
  {
    name: 'namespace, retention and search attributes',
    run: async ({ cli, compose }) => {
      const retention = compose.services['temporal-namespace']?.environment['RETENTION'] ?? '';
      const hours = Number.parseInt(retention, 10) * 24;
      assert.match(await cli('operator', 'namespace', 'describe'), new RegExp(`${hours}h0m0s`));
      const attributes = await cli('operator', 'search-attribute', 'list');
      for (const name of ['HermesSource', 'HermesCompanyId', 'HermesSubject', 'HermesFailure'])
        assert.match(attributes, new RegExp(name));
      return retention;
    },
  },
  {
    name: 'secrets are in files only',
    run: async ({ compose, accounts }) => {
      const given = Object.values(compose.services).flatMap(({ environment }) => Object.values(environment));
      for (const secret of Object.values(accounts.secrets)) assert.ok(!given.includes(secret));
      return Promise.resolve(`${Object.keys(accounts.secrets).length} keys of accounts`);
    },
  },
  {
    name: 'an agency signs up in TutorCruncher and appears in Pipedrive',
    run: async (stage) => {
      const company = await synced(stage, signUp(stage, 'Rehearsal Tutors'));
      const organization = stage.accounts.pipedrive.organizations.get(company.pd_org_id);
      assert.equal(organization?.name, 'Rehearsal Tutors');
      return `company ${company.id}, organization ${company.pd_org_id}`;
    },
  },
  {
    name: 'a salesperson renames it in Pipedrive, and Hermes follows',
    run: async ({ accounts: { pipedrive, secrets, settings }, db, proxy }) => {
      pipedrive.webhooks.registry.add({
        subscription_url: `${proxy.url}/pipedrive/callback/`,
        event_action: '*',
        event_object: '*',
        name: 'Hermes',
        user_id: 100,
        owner_id: 100,
        http_auth_user: settings['PD_WEBHOOK_USERNAME'] ?? null,
        http_auth_password: secrets['pd_webhook_password'] ?? null,
      });
      const row = (await db('company').whereNotNull('pd_org_id').orderBy('id').first()) as CompanyRow;
      pipedrive.app.update('organization', row.pd_org_id ?? 0, { name: 'Renamed Tutors' });
      await eventually('the company has the new name', () =>
        db('company').where({ id: row.id, name: 'Renamed Tutors' }).first('id'),
      );
      return `company ${row.id}`;
    },
  },
  {
    name: 'a visitor books a call',
    run: async ({ accounts: { google }, proxy }) => {
      const response = await fetch(`${proxy.url}/callbooker/sales/book/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          admin_id: 1,
          name: 'Test Visitor',
          email: 'visitor@rehearsal.example',
          company_name: 'Visitors Ltd',
          country: 'GB',
          estimated_income: 1000,
          currency: 'GBP',
          price_plan: 'payg',
          meeting_dt: bookingMoment(),
        }),
      });
      assert.deepEqual(await response.json(), { status: 'ok' });
      assert.ok(google.notices.length > 0);
      return `answered ${response.status}, invitation sent`;
    },
  },
];
