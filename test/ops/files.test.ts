/** The alert rules and the dashboard speak of metrics that a running /metrics has, by labels that it gives them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { parse } from 'yaml';
import { z } from 'zod';
import { createDatabaseMetrics } from '../../observability/databaseMetrics.ts';
import { createQueueMetrics } from '../../observability/queueMetrics.ts';
import { measureRequests } from '../../observability/requestMetrics.ts';
import { lazyClient } from '../../temporal/connection.ts';
import { openDoor, type Door } from '../api/callbooker/support.ts';
import { readPromql } from './promql.ts';

const read = (name: string): string => readFileSync(new URL(`../../ops/${name}`, import.meta.url), 'utf8');

const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z
            .string()
            .regex(/^\d+[smh]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
          annotations: z.strictObject({ summary: z.string() }),
        }),
      ),
    }),
  ),
});

const dashboardSchema = z.looseObject({
  panels: z.array(
    z.looseObject({ title: z.string(), targets: z.array(z.looseObject({ expr: z.string() })) }),
  ),
});

const rules = rulesSchema.parse(parse(read('alerts.yml'))).groups.flatMap((group) => group.rules);
const panels = dashboardSchema.parse(JSON.parse(read('dashboard.json'))).panels;
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
];

/** A histogram answers under three names. */
const family = (name: string): string => name.replace(/_(bucket|count|sum)$/, '');

describe('ops', () => {
  let door: Door;
  let metrics: string;
  before(async () => {
    door = await openDoor();
    metrics = await (await fetch(`${door.url}/metrics`)).text();
  });
  after(() => door.stop());

  it('rules and panels are PromQL', () => {
    assert.ok(expressions.length > 20);
    for (const expression of expressions) assert.deepEqual(readPromql(expression).errors, [], expression);
  });

  it('rules and panels ask for metrics that exist', () => {
    const known = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    for (const expression of expressions) {
      const { selections } = readPromql(expression);
      assert.ok(selections.length > 0, expression);
      for (const { metric } of selections) assert.ok(known.has(metric) || known.has(family(metric)), metric);
    }
  });

  it('rules and panels choose and group by labels that the metrics have', () => {
    const registry = new Registry();
    createDatabaseMetrics(door.db, registry);
    createQueueMetrics(lazyClient({ connectionOptions: {}, namespace: 'none' }).client, registry);
    measureRequests(registry);
    const labelsOf = new Map(
      registry.getMetricsAsArray().map((metric) => {
        const { name, labelNames } = metric as unknown as { name: string; labelNames: string[] };
        // Prometheus adds the instance, a histogram the bound of its buckets.
        return [name, new Set([...labelNames, 'instance', 'le'])];
      }),
    );
    for (const expression of expressions) {
      const { selections, grouping } = readPromql(expression);
      for (const { metric, labels } of selections) {
        const known = labelsOf.get(metric) ?? labelsOf.get(family(metric));
        assert.ok(known, metric);
        for (const label of [...labels, ...grouping])
          assert.ok(known.has(label), `${label} in ${expression}`);
      }
    }
  });

  it('every metric of Hermes is on the dashboard', () => {
    const shown = new Set(
      panels
        .flatMap(({ targets }) => targets.flatMap(({ expr }) => expr.match(/\bhermes_[a-z_]+/g) ?? []))
        .map(family),
    );
    const known = [...metrics.matchAll(/^# TYPE (hermes_\S+)/gm)].map(([, name]) => name ?? '');
    const onlyForAlerts = ['hermes_database_up', 'hermes_temporal_up'];
    for (const name of known)
      assert.ok(shown.has(name) || shown.has(family(name)) || onlyForAlerts.includes(name), name);
  });

  it('docs/operations.md says what to do about each alert', () => {
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    for (const { alert } of rules) assert.ok(page.includes(`\`${alert}\``), alert);
  });
});
