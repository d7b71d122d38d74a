/** The places where what Hermes was told could turn up, each as one text. */
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { Database } from '../../db/connection.ts';
import type { Visitor } from '../api/admin/browser.ts';

const base64 = /^[A-Za-z0-9+/]{8,}={0,2}$/;

/** All strings in a value, and what those that are base64 stand for: payloads of Temporal are. */
const stringsIn = (value: unknown): string[] => {
  if (typeof value === 'string') {
    return base64.test(value) ? [value, Buffer.from(value, 'base64').toString('utf8')] : [value];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => [name, ...stringsIn(member)]);
};

/** Every run's history and its description, payloads unpacked. */
export const histories = async (temporal: Client): Promise<Map<string, string>> => {
  const texts = new Map<string, string>();
  for await (const { workflowId, runId } of temporal.workflow.list()) {
    const handle = temporal.workflow.getHandle(workflowId, runId);
    const events: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
    const { raw, ...description } = await handle.describe();
    texts.set(
      `${workflowId} ${runId}`,
      stringsIn([events, JSON.parse(JSON.stringify([raw, description.memo]))]).join('\n'),
    );
  }
  for await (const schedule of temporal.schedule.list()) {
    const described = await temporal.schedule.getHandle(schedule.scheduleId).describe();
    texts.set(schedule.scheduleId, stringsIn(JSON.parse(JSON.stringify(described.raw))).join('\n'));
  }
  return texts;
};

/** Every table, with what its bytes spell. */
export const tables = async (db: Database): Promise<Map<string, string>> => {
  const names: string[] = await db('pg_tables').where({ schemaname: 'public' }).pluck('tablename');
  const texts = new Map<string, string>();
  for (const name of names) {
    const { rows } = (await db.raw('select t::text as line from ?? t', [name])) as {
      rows: { line: string }[];
    };
    const lines = rows.map(({ line }) =>
      line.replaceAll(/\\{1,2}x((?:[0-9a-f]{2})+)/g, (_, hex: string) =>
        Buffer.from(hex, 'hex').toString('utf8'),
      ),
    );
    texts.set(name, lines.join('\n'));
  }
  return texts;
};

/** Every page of /admin that links lead to, from the overview on. */
export const adminPages = async (operator: Visitor): Promise<Map<string, string>> => {
  const texts = new Map<string, string>();
  const ahead = ['/admin/overview'];
  for (let path = ahead.shift(); path !== undefined; path = ahead.shift()) {
    if (texts.has(path)) continue;
    const { html, headers } = await operator.get(path);
    texts.set(path, `${JSON.stringify([...headers])}\n${html}`);
    for (const [, link] of html.matchAll(/href="(\/admin\/[^"#]*)"/g)) {
      ahead.push((link ?? '').replaceAll('&amp;', '&'));
    }
  }
  return texts;
};
