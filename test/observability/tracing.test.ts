import assert from 'node:assert/strict';
import { startTracing, tracesWanted, type Tracing } from '../../observability/tracing.ts';
import { exampleClient } from '../../sandbox/tc2/events.ts';
import { startHermes, type TestHermes } from '../support/hermes.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';
import { companyOf, signUp } from '../support/tc2Flow.ts';

interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

interface ExportedTraces {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: ReceivedSpan[] }[];
  }[];
}

describe('observability/tracing', () => {
  it('is off unless the environment names a collector', () => {
    assert.equal(tracesWanted({}), false);
    assert.equal(tracesWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }), false);
    const on = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    assert.equal(tracesWanted(on), true);
    assert.equal(tracesWanted({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1' }), true);
    assert.equal(tracesWanted({ ...on, OTEL_SDK_DISABLED: 'true' }), false);
    assert.equal(tracesWanted({ ...on, OTEL_TRACES_EXPORTER: 'none' }), false);
  });

  describe('from a webhook to the last call it causes', () => {
    let hermes: TestHermes;
    let collector: Receiver;
    let tracing: Tracing;
    const settings: Record<string, string> = {
      OTEL_SERVICE_NAME: 'hermes-of-acme',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-collector-key=abc',
    };
    before(async () => {
      collector = await startReceiver();
      settings['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
      Object.assign(process.env, settings);
      hermes = await startHermes();
      tracing = await startTracing(process.env, 'hermes', hermes.logger);
    });
    after(async () => {
      for (const name of Object.keys(settings)) delete process.env[name];
      await hermes.stop();
      await collector.close();
    });

    it('is one trace, across the inbox and Temporal, without personal data', async () => {
      signUp(hermes);
      await hermes.quiet();
      const company = await companyOf(hermes);
      // A run that the relay starts belongs to the trace of its webhook as well.
      const arrived = await hermes.db('webhook').where({ source: 'tc2' }).pluck<string[]>('trace_parent');
      for (const parent of arrived) assert.match(parent, /^00-[\da-f]{32}-[\da-f]{16}-01$/);
      await tracing.stop();

      assert.ok(collector.posts.length > 0);
      assert.ok(collector.posts.every(({ path }) => path === '/v1/traces'));
      assert.equal(collector.posts[0]?.headers['x-collector-key'], 'abc');
      const exported = collector.posts.map(({ body }) => JSON.parse(body) as ExportedTraces);
      const [first] = exported.flatMap(({ resourceSpans }) => resourceSpans);
      const service = first?.resource.attributes.find(({ key }) => key === 'service.name');
      assert.equal(service?.value.stringValue, 'hermes-of-acme');

      const spans = exported
        .flatMap(({ resourceSpans }) => resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans)
        .flatMap(({ spans: some }) => some);
      const created = spans.find(({ name }) => name === 'POST /api/v2/organizations');
      assert.ok(arrived.some((parent) => parent.split('-')[1] === created?.traceId));
      const trace = spans.filter(({ traceId }) => traceId === created?.traceId);
      const names = new Set(trace.map(({ name }) => name));
      for (const name of [
        'POST /tc2/callback',
        'StartWorkflow:TcClientUpdated',
        'RunActivity:applyTcClient',
        'SignalWithStartWorkflow:CompanySync',
        'RunActivity:planPipedriveSync',
        'POST /api/v2/organizations',
        'POST /api/v2/persons',
        'POST /api/v2/deals',
      ]) {
        assert.ok(names.has(name), `${name} is not among ${[...names].join(', ')}`);
      }
      // Every span but the door's hangs below another one of the same trace.
      const ids = new Set(trace.map(({ spanId }) => spanId));
      const roots = trace.filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId));
      assert.deepEqual(
        roots.map(({ name }) => name),
        ['POST /tc2/callback'],
      );

      const said = collector.posts.map(({ body }) => body).join('\n');
      for (const personal of [
        exampleClient.user.first_name,
        exampleClient.user.last_name,
        exampleClient.user.email,
        exampleClient.user.phone,
        company.name,
      ]) {
        assert.ok(personal !== null && personal !== undefined && personal !== '');
        assert.ok(!said.includes(personal), personal);
      }
      assert.ok(!said.includes(hermes.environment.PD_API_KEY ?? '-'));
    });
  });
});
