import type { Context } from 'koa';
import { identifierOf } from '../../../domain/values/identifier.ts';
import { secretsOf } from '../../../environment/environment.ts';
import { absentIds, countReplay, isFiltered, replayEvents } from '../../../inbox/replay.ts';
import { eventSources } from '../../../workflows/names.ts';
import type { ApiDependencies } from '../../context.ts';
import { notFound } from '../../errors.ts';
import { adviceOnEvent, adviceOnParked } from '../advice.ts';
import { operatorOf, queryOf, readForm, redirect, render, runUrl } from '../context.ts';
import { filterOf, findInbox, outcomes, toReplay } from '../inboxFilter.ts';
import { maskSecrets } from '../maskSecrets.ts';
import { auditOperator } from '../operators.ts';
import { replayedText } from '../replayedText.ts';

const pageSize = 50;

/** GET /admin/webhooks: the inbox, newest first. */
export const webhooks =
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const values = queryOf(context);
    const filter = filterOf(values);
    const { rows, before } = await findInbox(dependencies.db, filter, {
      limit: pageSize,
      before: identifierOf(values.get('before')),
      secrets: secretsOf(dependencies.environment),
    });
    render(context, 'webhooks', {
      title: 'Webhooks',
      filter,
      sources: eventSources,
      outcomes: ['waiting', ...outcomes],
      rows,
      next: before,
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
      | {
          id: number;
          body: Buffer | null;
          envelope_id: number | null;
          workflow_id: string | null;
          outcome: string | null;
          reason: string | null;
          waiting_for: string | null;
        }
      | undefined;
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
      body: pretty(row.body ?? envelope?.body ?? null, secretsOf(dependencies.environment)),
      changes,
      replays,
      advice:
        row.outcome === 'parked'
          ? adviceOnParked(row.waiting_for)
          : row.outcome === 'failed'
            ? adviceOnEvent(row.reason)
            : null,
      runUrl: runUrl(dependencies, row.workflow_id),
    });
  };

/** POST /admin/webhooks/:id/replay */
export const replayWebhook =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    await readForm(context);
    const id = identifierOf(context.params.id);
    if (id === null || (await absentIds(db, [id])).length > 0) throw notFound('There is no such webhook');
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
  (dependencies: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const { db } = dependencies;
    const form = await readForm(context);
    const filter = filterOf(form);
    const replay = await toReplay(db, filter, secretsOf(dependencies.environment));
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
      form.get('back') === 'failures' ? '/admin/failures' : '/admin/webhooks',
      replayedText(events.length),
    );
  };
