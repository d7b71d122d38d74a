import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createDatabaseMetrics } from '../../../observability/databaseMetrics.ts';
import { createQueueMetrics } from '../../../observability/queueMetrics.ts';
import { createMetrics } from '../../../observability/metrics.ts';
import { connectDatabase } from '../../../db/connection.ts';
import { Client } from '@temporalio/client';
import { Registry } from 'prom-client';
import { clientEvent, exampleClient, signBody, webhookBody } from '../../../sandbox/tc2/events.ts';
import { eventually, useHermes } from '../../support/hermes.ts';
import { createTestNamespace } from '../../support/namespace.ts';

/** Samples of a text in Prometheus's format, by name and sorted labels. */
const samples = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
        return [`${name}{${labels.split(',').toSorted().join(',')}}`, Number(value)];
      }),
  );

describe('GET /metrics', () => {
  const hermes = useHermes();
  beforeEach(() => hermes.reset());

  const insert = (row: Record<string, unknown>): Promise<unknown> =>
    hermes.db('webhook').insert({
      source: 'tc2',
      dedupe_key: `test-${Math.random()}`,
      type: 'TcClientUpdated',
      subject: 'client-1',
      summary: 'TC2 client 1',
      body_hash: Buffer.alloc(32),
      next_start_at: '2100-01-01',
      ...row,
    });

  /** A look of its own, which no look before has been kept for. */
  const look = async (): Promise<Map<string, number>> => {
    const registry = new Registry();
    await createDatabaseMetrics(hermes.db, registry).look();
    return samples(await registry.metrics());
  };

  it('answers in the format of Prometheus, with the process and its requests by route', async () => {
    await fetch(`${hermes.url}/loc/`);
    await fetch(`${hermes.url}/nowhere/${exampleClient.user.email ?? ''}`);
    await fetch(`${hermes.url}/tc2/callback/`, { method: 'POST', body: '{}' });
    const answer = await fetch(`${hermes.url}/metrics`);
    const text = await answer.text();
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    const found = samples(text);
    assert.equal(found.get('hermes_database_up{}'), 1);
    assert.ok((found.get('process_resident_memory_bytes{}') ?? 0) > 0);
    const count = 'hermes_http_request_duration_seconds_count';
    assert.equal(found.get(`${count}{method="GET",route="/loc",status="200"}`), 1);
    assert.equal(found.get(`${count}{method="GET",route="none",status="404"}`), 1);
    assert.equal(found.get(`${count}{method="POST",route="/tc2/callback",status="403"}`), 1);
  });

  it('says how old the oldest webhook is that is not processed, parked ones included', async () => {
    const idle = await look();
    assert.equal(idle.get('hermes_oldest_unprocessed_webhook_age_seconds{state="unprocessed"}'), 0);
    assert.equal(idle.get('hermes_oldest_unprocessed_webhook_age_seconds{state="parked"}'), 0);
    await insert({ received_at: hermes.db.raw("now() - interval '2 hours'") });
    await insert({});
    await insert({ source: 'pipedrive', type: 'PdDealUpdated' });
    await insert({ type: null, outcome: null });
    await insert({ outcome: 'parked', received_at: hermes.db.raw("now() - interval '1 day'") });
    const found = await look();
    const age = (state: string) =>
      found.get(`hermes_oldest_unprocessed_webhook_age_seconds{state="${state}"}`) ?? 0;
    assert.ok(age('unprocessed') >= 7200 && age('unprocessed') < 7300);
    assert.ok(age('parked') >= 86_400);
    const waiting = 'hermes_webhooks_unprocessed';
    assert.equal(found.get(`${waiting}{source="tc2",type="TcClientUpdated"}`), 2);
    assert.equal(found.get(`${waiting}{source="pipedrive",type="PdDealUpdated"}`), 1);
    assert.equal(found.get('hermes_webhooks_parked{source="tc2",type="TcClientUpdated"}'), 1);
  });

  it('counts what failed by its typed reason, and shows nothing else of the reason', async () => {
    await insert({ outcome: 'failed', reason: 'UnknownSalesPerson: the new client names TC2 admin 99' });
    await insert({ outcome: 'failed', reason: 'UnknownSalesPerson: another' });
    await insert({ outcome: 'failed', reason: 'somebody@harbour-tutors.example: odd' });
    const found = await look();
    const failed = (reason: string) =>
      found.get(`hermes_webhooks_failed{reason="${reason}",source="tc2",type="TcClientUpdated"}`);
    assert.equal(failed('UnknownSalesPerson'), 2);
    assert.equal(failed('Other'), 1);
  });

  it('counts companies behind, those on their way apart from those refused', async () => {
    await hermes.db('company').insert([
      {
        name: 'A',
        wanted_version: 2,
        pipedrive_synced_version: 1,
        tc2_synced_version: 2,
        wanted_at: '2026-01-01',
      },
      {
        name: 'B',
        wanted_version: 2,
        pipedrive_synced_version: 1,
        pipedrive_failed_version: 2,
        tc2_synced_version: 2,
      },
      { name: 'C', wanted_version: 2, pipedrive_synced_version: 2, tc2_synced_version: 2 },
    ]);
    const found = await look();
    const behind = (system: string, state: string) =>
      found.get(`hermes_companies_behind{state="${state}",system="${system}"}`);
    assert.equal(behind('pipedrive', 'waiting'), 1);
    assert.equal(behind('pipedrive', 'refused'), 1);
    assert.equal(behind('tc2', 'waiting'), 0);
    const age = found.get('hermes_oldest_company_behind_age_seconds{state="waiting",system="pipedrive"}');
    assert.ok((age ?? 0) > 86_400);
  });

  it('shows the budget that is left, and pauses', async () => {
    await hermes.db('api_budget').insert({ system: 'pipedrive', daily_limit: 1000, daily_remaining: 700 });
    await hermes.db('api_window').insert({
      bucket: 'test-bucket',
      blocked_until: hermes.db.raw("now() + interval '30 seconds'"),
      blocked_reason: 'Throttled',
    });
    const found = await look();
    assert.equal(found.get('hermes_downstream_daily_budget_remaining{system="pipedrive"}'), 700);
    assert.equal(found.get('hermes_downstream_daily_budget_limit{system="pipedrive"}'), 1000);
    const left = found.get('hermes_downstream_paused_seconds{bucket="test-bucket",reason="Throttled"}') ?? 0;
    assert.ok(left > 0 && left <= 30);
  });

  it('says what the last reconciliation found, and when', async () => {
    const age = 'hermes_reconcile_age_seconds{}';
    assert.equal((await look()).get(age), undefined);
    const page = { entity: 'organization', after: 0, read: 2, compared: 2, drifted: 5 };
    await hermes.db('reconcile_page').insert([
      { ...page, run_id: 'before', at: hermes.db.raw("now() - interval '1 day'") },
      { ...page, run_id: 'last', drifted: 1, at: hermes.db.raw("now() - interval '1 hour'") },
      { ...page, run_id: 'last', drifted: 2, after: 500, at: hermes.db.raw("now() - interval '1 hour'") },
      { ...page, run_id: 'last', entity: 'deal', drifted: 0, at: hermes.db.raw("now() - interval '1 hour'") },
    ]);
    const found = await look();
    assert.equal(found.get('hermes_reconcile_drifted_records{entity="organization"}'), 3);
    assert.equal(found.get('hermes_reconcile_drifted_records{entity="deal"}'), 0);
    const seconds = found.get(age) ?? 0;
    assert.ok(seconds >= 3600 && seconds < 3700);
  });

  it('says what waits in Temporal, and whether workers ask for it', async () => {
    const queues = async (temporal: Client): Promise<Map<string, number>> => {
      const registry = new Registry();
      await createQueueMetrics(temporal, registry).look();
      return samples(await registry.metrics());
    };
    await eventually('the workers are known', async () => {
      const found = await queues(hermes.temporal);
      return ['hermes', 'pipedrive', 'tc2', 'google'].every(
        (queue) => (found.get(`hermes_task_queue_pollers{queue="${queue}"}`) ?? 0) > 0,
      );
    });
    const idle = await queues(hermes.temporal);
    assert.equal(idle.get('hermes_temporal_up{}'), 1);
    assert.equal(idle.get('hermes_task_queue_backlog{queue="hermes"}'), 0);

    // Nobody works in this namespace.
    const namespace = await createTestNamespace();
    const temporal = new Client({ connection: hermes.temporal.connection, namespace });
    await temporal.workflow.start('TcClientUpdated', { workflowId: 'waits', taskQueue: 'hermes' });
    let waiting = new Map<string, number>();
    await eventually('a task waits, and grows old', async () => {
      waiting = await queues(temporal);
      return (
        waiting.get('hermes_task_queue_backlog{queue="hermes"}') === 1 &&
        (waiting.get('hermes_task_queue_oldest_task_age_seconds{queue="hermes"}') ?? 0) > 0
      );
    });
    assert.equal(waiting.get('hermes_task_queue_pollers{queue="hermes"}'), 0);
  });

  it('counts webhooks and calls on from look to look, as the work goes by', async () => {
    const registry = new Registry();
    const metrics = createDatabaseMetrics(hermes.db, registry);
    const total = async (sample: string): Promise<number> => {
      await metrics.look();
      return samples(await registry.metrics()).get(sample) ?? 0;
    };
    await metrics.look();
    const body = webhookBody([clientEvent(exampleClient)]);
    const send = () =>
      fetch(`${hermes.url}/tc2/callback/`, {
        method: 'POST',
        headers: { 'webhook-signature': signBody(body, 'tc2-sandbox-key') },
        body: new Uint8Array(body),
      });
    assert.equal((await send()).status, 200);
    await hermes.quiet();
    const received = 'hermes_webhooks_received_total{source="tc2",type="TcClientUpdated"}';
    const applied = 'hermes_webhooks_finished_total{outcome="applied",source="tc2",type="TcClientUpdated"}';
    const created =
      'hermes_downstream_call_duration_seconds_count{endpoint="/api/v2/organizations",method="POST",status="200",system="pipedrive"}';
    await eventually('the rows are old enough to be counted', async () => (await total(created)) === 1);
    await eventually('the webhook is counted', async () => (await total(applied)) >= 1);
    const tokens =
      'hermes_downstream_tokens_total{endpoint="/api/v2/organizations",method="POST",status="200",system="pipedrive"}';
    assert.equal(await total(tokens), 5);
    assert.ok((await total(received)) >= 1);
    // The same bytes again are the same event, and nothing is counted twice.
    const before = await total(received);
    await send();
    await hermes.quiet();
    assert.equal(await total(received), before);
    assert.equal(await total(created), 1);
  });

  it('asks the database once for many scrapes', async () => {
    let asked = 0;
    const db = connectDatabase(hermes.databaseUrl, 2, 'hermes-test-metrics');
    db.on('start', () => (asked += 1));
    const metrics = createMetrics({
      db,
      temporal: hermes.temporal,
      logger: hermes.logger,
      follow: () => undefined,
    });
    await Promise.all(Array.from({ length: 20 }, () => metrics.text()));
    const once = asked;
    await metrics.text();
    await db.destroy();
    assert.ok(once > 0 && once < 40);
    assert.equal(asked, once);
  });

  it('still answers about the process when the database is away', async () => {
    const db = connectDatabase('postgresql://nobody@127.0.0.1:1/none', 1);
    const found = samples(
      await createMetrics({
        db,
        temporal: hermes.temporal,
        logger: hermes.logger,
        follow: () => undefined,
      }).text(),
    );
    await db.destroy();
    assert.equal(found.get('hermes_database_up{}'), 0);
    assert.equal(found.get('hermes_temporal_up{}'), 1);
    assert.ok((found.get('process_resident_memory_bytes{}') ?? 0) > 0);
    assert.equal(found.get('hermes_oldest_unprocessed_webhook_age_seconds{state="unprocessed"}'), undefined);
  });

  it('is explained in docs/watching.md, metric by metric', async () => {
    const page = await readFile(new URL('../../../docs/watching.md', import.meta.url), 'utf8');
    const explained = [...page.matchAll(/`(hermes_\w+)`/g)].map(([, name = '']) => name);
    const text = await (await fetch(`${hermes.url}/metrics`)).text();
    const said = [...text.matchAll(/^# TYPE (hermes_\w+) /gm)].map(([, name = '']) => name);
    assert.ok(said.length > 10);
    assert.deepEqual([...new Set(explained)].toSorted(), said.toSorted());
  });

  it('holds nothing personal', async () => {
    hermes.tc2.createClient({});
    await hermes.quiet();
    const text = await (await fetch(`${hermes.url}/metrics`)).text();
    assert.doesNotMatch(text, /nell|harbour|@|\+44/i);
  });
});
