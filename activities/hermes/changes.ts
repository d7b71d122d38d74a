/** Keeps who changed what, and says that a sync is due. */
import type { Knex } from 'knex';
import { storableJson } from '../../domain/values/text.ts';

export interface ChangeSource {
  /** tc2, pipedrive, callbooker, or hermes for what follows from a rule. */
  source: string;
  webhookId: number | null;
}

/** One record's changed fields, before and after. */
export interface RecordChange {
  entity: 'company' | 'contact' | 'deal' | 'meeting';
  recordId: number;
  companyId: number;
  fields: Record<string, { before: unknown; after: unknown }>;
}

/** The fields of `patch` with what `record` held before. */
export const fieldChanges = (
  record: object | null,
  patch: object,
): Record<string, { before: unknown; after: unknown }> => {
  const before = (record ?? {}) as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(patch).map(([name, after]) => [
      name,
      { before: before[name] ?? null, after: after ?? null },
    ]),
  );
};

/** Whether any field became another. */
export const anyChanged = (changes: readonly RecordChange[]): boolean =>
  changes.some(({ fields }) => Object.keys(fields).length > 0);

/** Writes the audit of changed fields; records without a changed field are left out. */
export const auditChanges = async (
  trx: Knex,
  by: ChangeSource,
  changes: readonly RecordChange[],
): Promise<void> => {
  const rows = changes
    .filter(({ fields }) => Object.keys(fields).length > 0)
    .map((change) => ({
      entity: change.entity,
      record_id: change.recordId,
      company_id: change.companyId,
      source: by.source,
      webhook_id: by.webhookId,
      changes: storableJson(change.fields),
    }));
  if (rows.length > 0) await trx('field_change').insert(rows);
};

/** Raises the version that the remote sides must follow. In the transaction of the change itself. */
export const wantSync = async (trx: Knex, companyId: number): Promise<void> => {
  await trx('company')
    .where({ id: companyId })
    .update({ wanted_version: trx.raw('wanted_version + 1'), wanted_at: trx.fn.now() })
    .options({ name: 'want_sync' });
};

/** A change so young is still on its usual way: whoever made it asked for the sync. */
export const usualWaySeconds = 60;

/** Columns that decide whether a sync is due. */
export interface SyncState {
  pd_org_id: number | null;
  is_deleted: boolean;
  narc: boolean;
  wanted_version: number;
  pipedrive_synced_version: number;
  pipedrive_synced_at: Date | null;
  pipedrive_failed_version: number | null;
  tc2_synced_version: number;
  tc2_failed_version: number | null;
}

/** The columns to ask for. */
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
] as const satisfies readonly (keyof SyncState)[];

/**
 * Whether a company waits for a sync: a side is behind and was not refused for good, or the company was copied into the
 * database and has never been sent.
 */
export const isSyncDue = (company: SyncState): boolean => {
  const behind = (synced: number, failed: number | null): boolean =>
    synced < company.wanted_version && failed !== company.wanted_version;
  const neverSent =
    company.pipedrive_synced_at === null &&
    company.pd_org_id === null &&
    !company.is_deleted &&
    !company.narc &&
    company.pipedrive_failed_version === null;
  return (
    neverSent ||
    behind(company.pipedrive_synced_version, company.pipedrive_failed_version) ||
    behind(company.tc2_synced_version, company.tc2_failed_version)
  );
};
