/** The alert rules and the dashboard speak of metrics that a running /metrics has, by labels that it gives them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { openDoor, type Door } from '../api/callbooker/support.ts';

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

  it('rules and panels ask for metrics that exist', () => {
    const known = new Set([...metrics.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name));
    const asked = new Set(expressions.flatMap((expr) => expr.match(/\bhermes_[a-z_]+/g) ?? []));
    assert.ok(asked.size > 10);
    for (const name of asked) assert.ok(known.has(name) || known.has(family(name)), name);
  });

  it('every metric of Hermes is on the dashboard', () => {
    const shown = new Set(
      panels
        .flatMap(({ targets }) => targets.flatMap(({ expr }) => expr.match(/\bhermes_[a-z_]+/g) ?? []))
        .map(family),
    );
    const known = [...metrics.matchAll(/^# TYPE (hermes_\S+)/gm)].map(([, name]) => name ?? '');
    const onlyForAlerts = ['hermes_database_up'];
    for (const name of known)
      assert.ok(shown.has(name) || shown.has(family(name)) || onlyForAlerts.includes(name), name);
  });

  it('docs/operations.md says what to do about each alert', () => {
    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    for (const { alert } of rules) assert.ok(page.includes(`\`${alert}\``), alert);
  });
});
