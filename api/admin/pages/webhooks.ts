import type { Context } from 'koa';
import type { ApiDependencies } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { identifierOf } from '../../../domain/values/identifier.ts';
import type { WebhookOutcome } from '../../../db/models/index.ts';
import { countReplay, isFiltered, replayEvents, type ReplayFilter } from '../../../inbox/replay.ts';
import { operatorOf, queryOf, readForm, redirect, render, runUrl, secretsOf } from '../context.ts';
import { maskSecrets } from '../maskSecrets.ts';
import { auditOperator } from '../operators.ts';

const pageSize = 50;

const outcomes = ['applied', 'unchanged', 'stale', 'ignored', 'failed', 'parked', 'refused'];

const textOf = (values: URLSearchParams, name: string): string => (values.get(name) ?? '').trim();

/** The inbox's filter as its page and its forms carry it. */
const filterOf = (values: URLSearchParams) => ({
  source: textOf(values, 'source'),
  type: textOf(values, 'type'),
  outcome: textOf(values, 'outcome'),
  subject: textOf(values, 'subject'),
  company: textOf(values, 'company'),
  reason: textOf(values, 'reason'),
});
type InboxFilter = ReturnType<typeof filterOf>;

const toReplay = (filter: InboxFilter): ReplayFilter => ({
  ...(filter.type === '' ? {} : { types: [filter.type] }),
  ...(outcomes.includes(filter.outcome) ? { outcomes: [filter.outcome as WebhookOutcome] } : {}),
  ...(filter.source === 'tc2' || filter.source === 'pipedrive' ? { source: filter.source } : {}),
  ...(filter.subject === '' ? {} : { subject: filter.subject }),
  ...(identifierOf(filter.company) === null ? {} : { companyId: identifierOf(filter.company) ?? 0 }),
  ...(filter.reason === '' ? {} : { reasonContains: filter.reason }),
});

/** GET /admin/webhooks: the inbox, newest first. */
export const webhooks =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const filter = filterOf(queryOf(context));
    const before = identifierOf(queryOf(context).get('before'));
    const query = db('webhook')
      .orderBy('id', 'desc')
      .limit(pageSize + 1);
    if (filter.source !== '') query.where({ source: filter.source });
    if (filter.type !== '') query.where({ type: filter.type });
    if (filter.outcome === 'waiting') query.whereNull('outcome').whereNotNull('type');
    else if (filter.outcome !== '') query.where({ outcome: filter.outcome });
    if (filter.subject !== '') query.where({ subject: filter.subject });
    if (identifierOf(filter.company) !== null) query.where({ company_id: identifierOf(filter.company) });
    if (filter.reason !== '') query.whereRaw('position(lower(?) in lower(reason)) > 0', [filter.reason]);
    if (before !== null) query.where('id', '<', before);
    const rows = (await query.select(
      'id',
      'source',
      'type',
      'subject',
      'summary',
      'received_at',
      'outcome',
      'reason',
      'company_id',
      'repeats',
      'replay_of',
    )) as { id: number }[];
    render(context, 'webhooks', {
      title: 'Webhooks',
      filter,
      outcomes: ['waiting', ...outcomes],
      rows: rows.slice(0, pageSize),
      next: rows.length > pageSize ? rows[pageSize - 1]?.id : null,
      query: (extra: Record<string, string>) =>
        new URLSearchParams({
          ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== '')),
          ...extra,
        }).toString(),
    });
  };

const pretty = (body: Buffer | null, secrets: readonly string[]): string | null => {
  if (body === null) return null;
  try {
    return JSON.stringify(maskSecrets(JSON.parse(body.toString('utf8')), secrets), null, 2);
  } catch {
    return String(maskSecrets(body.toString('utf8'), secrets));
  }
};

/** GET /admin/webhooks/:id: the event, its run, what it changed. */
export const webhook =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const { db } = dependencies;
    const id = identifierOf(context.params.id);
    const row = (await db('webhook').where({ id }).first('*')) as
      { id: number; body: Buffer | null; envelope_id: number | null; workflow_id: string | null } | undefined;
    if (row === undefined) throw notFound('There is no such webhook');
    const [envelope, changes, replays] = await Promise.all([
      row.envelope_id === null
        ? undefined
        : (db('webhook').where({ id: row.envelope_id }).first('body') as Promise<
            { body: Buffer | null } | undefined
          >),
      db('field_change').where({ webhook_id: row.id }).orderBy('id').select('*'),
      db('webhook')
        .where({ replay_of: row.id })
        .orderBy('id')
        .select('id', 'outcome', 'reason', 'received_at'),
    ]);
    render(context, 'webhook', {
      title: `Webhook ${row.id}`,
      row,
      body: pretty(row.body ?? envelope?.body ?? null, secretsOf(dependencies)),
      changes,
      replays,
      runUrl: runUrl(dependencies, row.workflow_id),
    });
  };

/** POST /admin/webhooks/:id/replay */
export const replayWebhook =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    await readForm(context);
    const id = identifierOf(context.params.id);
    if (id === null) throw notFound('There is no such webhook');
    const operator = operatorOf(context);
    const { events } = await replayEvents(db, {
      filter: { ids: [id], again: true },
      requestedBy: `operator:${operator.id}`,
    });
    await auditOperator(db, operator, 'replayed', `webhook ${id}`);
    const [first] = events;
    redirect(
      context,
      `/admin/webhooks/${first?.webhookId ?? id}`,
      first === undefined
        ? 'Nothing to replay: it runs, waits, or cannot be replayed'
        : `Replayed as webhook ${first.webhookId}`,
    );
  };

/** POST /admin/webhooks/replay: by filter, the count first. */
export const replayFiltered =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const filter = filterOf(form);
    const replay = toReplay(filter);
    if (!isFiltered(replay)) {
      redirect(context, '/admin/webhooks', 'Choose a filter first: the whole inbox is never replayed');
      return;
    }
    if (form.get('confirm') !== 'yes') {
      render(context, 'confirmReplay', { title: 'Replay', filter, count: await countReplay(db, replay) });
      return;
    }
    const operator = operatorOf(context);
    const { events } = await replayEvents(db, { filter: replay, requestedBy: `operator:${operator.id}` });
    await auditOperator(
      db,
      operator,
      'replayed',
      `${events.length} events by filter ${JSON.stringify(replay)}`,
    );
    redirect(
      context,
      '/admin/webhooks',
      events.length === 1 ? '1 event is replayed' : `${events.length} events are replayed`,
    );
  };

/** GET /admin/failures: one line per cause, with one button. */
export const failures =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const [events, companies] = await Promise.all([
      db('webhook')
        .where({ outcome: 'failed' })
        .groupBy('type', 'reason')
        .orderByRaw('count(*) desc')
        .limit(100)
        .select(
          'type',
          'reason',
          db.raw('count(*) as events'),
          db.raw('min(received_at) as since'),
          db.raw('sum(repeats) as repeats'),
        ),
      db('company')
        .whereRaw('pipedrive_failed_version = wanted_version or tc2_failed_version = wanted_version')
        .orderBy('id')
        .limit(100)
        .select('id', 'name', 'pipedrive_failure', 'tc2_failure'),
    ]);
    render(context, 'failures', { title: 'Failures', events, companies });
  };
