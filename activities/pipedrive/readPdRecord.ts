/** Reads what a Pipedrive event does not say: its own record when its time cannot be trusted, or one that Hermes does not have. */
import type { Knex } from 'knex';
import type { CallOptions, CallResult } from '../../clients/failure.ts';
import type { PipedriveClient } from '../../clients/pipedrive/client.ts';
import { pipedriveLinks } from '../../db/pipedriveLinks.ts';
import {
  pipedriveEntities,
  recordIdOf,
  type PipedriveEntity,
} from '../../domain/pipedriveWebhook/envelope.ts';
import { readReport } from '../../domain/pipedriveWebhook/report.ts';
import { identifierOf } from '../../domain/values/identifier.ts';
import { isRecord } from '../../domain/values/record.ts';
import { storableJson } from '../../domain/values/text.ts';
import type { EventInput } from '../../workflows/names.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import { loadInboxRow, type InboxRow } from '../hermes/inboxRow.ts';
import { lockRemoteRecord } from '../hermes/remoteRecord.ts';
import type { PipedriveDependencies } from './deps.ts';

interface Target {
  entity: PipedriveEntity;
  id: number;
  /** The event's own record, kept with the event; another one is kept as what is known of it. */
  isSubject: boolean;
}

const entityOf = (name: unknown): PipedriveEntity | undefined =>
  pipedriveEntities.find((entity) => entity === name);

const targetOf = (row: InboxRow, waitingFor: string | null): Target | null => {
  const [entity, id] = (waitingFor ?? '').split(':');
  const reference = { entity: entityOf(entity), id: identifierOf(id) };
  if (reference.entity !== undefined && reference.id !== null) {
    return { entity: reference.entity, id: reference.id, isSubject: false };
  }
  if (row.body === null) return null;
  const body: unknown = JSON.parse(row.body.toString('utf8'));
  if (!isRecord(body) || !isRecord(body.meta)) return null;
  const own = { entity: entityOf(body.meta.entity), id: recordIdOf(body) };
  return own.entity === undefined || own.id === null
    ? null
    : { entity: own.entity, id: own.id, isSubject: true };
};

const getOf = (
  client: PipedriveClient,
  entity: PipedriveEntity,
): ((id: number, options: CallOptions) => Promise<CallResult<Record<string, unknown>>>) => {
  switch (entity) {
    case 'organization':
      return client.organizations.get;
    case 'person':
      return client.persons.get;
    case 'deal':
      return client.deals.get;
    case 'pipeline':
      return client.pipelines.get;
    case 'stage':
      return client.stages.get;
  }
};

/** Whether Hermes has the record by now: another event may have stored it during the call. */
const isLinked = async (trx: Knex, { entity, id }: Target): Promise<boolean> => {
  if (entity === 'pipeline' || entity === 'stage') return false;
  const { table, column } = pipedriveLinks[entity];
  return (
    (await trx(table)
      .where({ [column]: id })
      .first('id')) !== undefined
  );
};

/**
 * Keeps what a record holds that Hermes does not have yet; null for one that cannot be had. Of a record that Hermes has, only its own
 * events say what is news: what was read would pass for known, and be written back to what it was.
 */
const keepReference = async (
  { db }: PipedriveDependencies,
  target: Target,
  record: Record<string, unknown> | null,
  isGone: boolean,
): Promise<void> => {
  const { entity, id } = target;
  const parsed = record === null ? null : readReport(entity, record);
  const known = parsed?.ok === true ? storableJson(parsed.fields) : null;
  await db.transaction(async (trx) => {
    await lockRemoteRecord(trx, 'pipedrive', entity, id);
    const has = await isLinked(trx, target);
    // The database's clock, because it is compared with when the event came in.
    await trx('remote_record')
      .where({ system: 'pipedrive', entity, remote_id: id })
      .update({
        ...(has
          ? {}
          : { known, deleted_at: isGone ? trx.raw('coalesce(deleted_at, clock_timestamp())') : null }),
        read_at: trx.raw('clock_timestamp()'),
      });
  });
};

/**
 * One GET for an event: of the record that `waiting_for` of its inbox row names, else of its own.
 *
 * A record that Pipedrive does not have, or does not let us read, is an answer, too: the event goes on without it (PDP-17, PDP-28).
 */
export const readPdRecord =
  (dependencies: PipedriveDependencies) =>
  async ({ webhookId }: EventInput): Promise<void> => {
    const { db, pipedrive, limits, logger } = dependencies;
    const row = await loadInboxRow(db, webhookId);
    const { waiting_for: waitingFor } = (await db('webhook')
      .where({ id: webhookId })
      .first('waiting_for')) as {
      waiting_for: string | null;
    };
    const target = targetOf(row, waitingFor);
    if (target === null) return;
    const readAt = new Date();
    const result = await callInTurn(
      db,
      {
        system: 'pipedrive',
        limits: limits.calls,
        companyId: row.company_id,
        entity: target.entity,
        recordId: null,
      },
      (signal) => getOf(pipedrive, target.entity)(target.id, { signal }),
    );
    const isGone = !result.ok && result.failure.kind === 'gone';
    if (target.isSubject) {
      const body = isGone ? null : dataOf(result);
      await db('webhook')
        .where({ id: webhookId })
        .update({ read_body: body === null ? null : storableJson(body), read_at: readAt });
      return;
    }
    if (!result.ok && !isGone) {
      if (result.failure.kind !== 'refused') dataOf(result);
      logger.error(
        { webhookId, entity: target.entity, remoteId: target.id, apiCallId: result.apiCallId },
        'a record that an event speaks of could not be read',
      );
    }
    await keepReference(dependencies, target, result.ok ? result.data : null, isGone);
  };
