/** Applies a TC2 event to the records: one short transaction under the client's turn. */
import type { Knex } from 'knex';
import { eventMoment, freshness } from '../../domain/tc2/freshness.ts';
import { parseClient, type ClientParse, type Tc2Client } from '../../domain/tc2/client.ts';
import { eventAt } from '../../domain/tc2/envelope.ts';
import { knownAttributes } from '../../domain/tc2/ownedAttributes.ts';
import type { EventInput } from '../../workflows/names.ts';
import { isSyncDue, type SyncState } from './changes.ts';
import type { HermesDependencies } from './deps.ts';
import type { EventResult } from './eventResult.ts';
import {
  failInboxRow,
  finishInboxRow,
  healStandingFailures,
  loadInboxRow,
  type InboxRow,
} from './inboxRow.ts';
import { lockRemoteRecord, saveRemoteRecord } from './remoteRecord.ts';
import { storeClient } from './storeClient.ts';

/** What of a company says whether a sync is due. */
export const syncColumns = [
  'pd_org_id',
  'is_deleted',
  'narc',
  'wanted_version',
  'pipedrive_synced_version',
  'pipedrive_synced_at',
  'pipedrive_failed_version',
  'tc2_synced_version',
  'tc2_failed_version',
] as const;

const isDue = async (trx: Knex, companyId: number): Promise<boolean> => {
  const state = (await trx('company')
    .where({ id: companyId })
    .first(...syncColumns)) as SyncState | undefined;
  return state !== undefined && isSyncDue(state);
};

const subjectOf = (row: InboxRow): unknown => {
  if (row.body === null) return undefined;
  return eventAt(JSON.parse(row.body.toString('utf8')), row.event_index)?.subject;
};

/** The attributes that Hermes owns, as the client carries them now: nothing is written back that is there already. */
const ownedNow = async (trx: Knex, client: Tc2Client) => {
  const names = await trx('custom_field')
    .where({ entity: 'organization' })
    .whereNotNull('tc2_machine_name')
    .pluck<string[]>('tc2_machine_name');
  return knownAttributes(client.extraAttributes, names);
};

const fail = async (
  trx: Knex,
  row: InboxRow,
  failure: { type: string; message: string; companyId: number | null },
): Promise<EventResult> => {
  const standing = await failInboxRow(trx, row, failure);
  if (standing === null) return { kind: 'failed', ...failure };
  return {
    kind: 'done',
    outcome: 'ignored',
    companyId: failure.companyId,
    syncNeeded: false,
    priority: 'webhook',
    reason: `the same content as webhook ${standing}, which failed`,
  };
};

const invalid = (parse: Extract<ClientParse, { ok: false }>) => ({
  type: 'InvalidClient',
  message: `the client is not complete: ${parse.faults.slice(0, 5).join('; ')}`,
  companyId: null,
});

/**
 * Applies a client event, or what was read for it.
 *
 * @returns `readNeeded` when the event is too old to trust either side's clock, or when nothing was read for an invoice yet
 */
export const applyTcClient =
  ({ db, environment, logger }: HermesDependencies) =>
  async ({ webhookId }: EventInput): Promise<EventResult> => {
    const row = await loadInboxRow(db, webhookId);
    const reading = row.read_at !== null;
    if (!reading && row.type === 'TcInvoiceUpdated') return { kind: 'readNeeded' };
    const parse = parseClient(reading ? row.read_body : subjectOf(row));

    const result = await db.transaction(async (trx): Promise<EventResult> => {
      if (!parse.ok) return fail(trx, row, invalid(parse));
      const { client } = parse;
      const known = await lockRemoteRecord(trx, 'tc2', 'client', client.cligencyId);
      const happenedAt =
        reading && row.read_at !== null ? row.read_at : eventMoment(row.event_at, row.received_at);

      const age = freshness(happenedAt, known.event_at);
      if (age === 'read' && !reading) return { kind: 'readNeeded' };
      if (age === 'stale' || age === 'read') {
        const reason = 'a newer event of the client was applied before';
        await finishInboxRow(trx, row.id, { outcome: 'stale', reason, companyId: row.company_id });
        return {
          kind: 'done',
          outcome: 'stale',
          companyId: row.company_id,
          syncNeeded: false,
          priority: 'webhook',
          reason,
        };
      }

      const stored = await storeClient(trx, client, {
        by: { source: 'tc2', webhookId: row.id },
        wantsDeal: true,
        wantsSync: true,
        tc2BaseUrl: environment.TC2_BASE_URL,
        now: new Date(),
      });
      if (!stored.ok) return fail(trx, row, stored);

      await saveRemoteRecord(trx, 'tc2', 'client', client.cligencyId, {
        event_at: happenedAt,
        deleted_at: null,
        known: { ...known.known, ...(await ownedNow(trx, client)) },
      });
      await healStandingFailures(trx, row);
      const outcome = stored.changed ? 'applied' : 'unchanged';
      const reason = stored.notes.length === 0 ? null : stored.notes.join('; ');
      await finishInboxRow(trx, row.id, { outcome, reason, companyId: stored.companyId });
      return {
        kind: 'done',
        outcome,
        companyId: stored.companyId,
        syncNeeded: stored.changed || (await isDue(trx, stored.companyId)),
        priority: 'webhook',
        reason,
      };
    });
    logger.info(
      {
        webhookId,
        kind: result.kind,
        ...(result.kind === 'done'
          ? { outcome: result.outcome, companyId: result.companyId, reason: result.reason }
          : {}),
        ...(result.kind === 'failed' ? { failure: result.type } : {}),
      },
      'TC2 client event',
    );
    return result;
  };
