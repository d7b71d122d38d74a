/**
 * Stores what a TC2 client says: company, contacts, deal, values of custom fields. The one place for it, whether the client came
 * with a webhook, was read for an invoice, or was read for a support link. What changes is decided in domain/company/planClient.ts.
 */
import type { Knex } from 'knex';
import type { CompanyRow } from '../../../db/models/index.ts';
import { isNothing, planClient, type ClientPlan } from '../../../domain/company/planClient.ts';
import type { Tc2Client } from '../../../domain/tc2/client.ts';
import { knownAttributes } from '../../../domain/tc2/ownedAttributes.ts';
import {
  anyChanged,
  auditChanges,
  fieldChanges,
  isSyncDue,
  wantSync,
  type ChangeSource,
  type RecordChange,
} from '../changes.ts';
import { inheritCustomValues, setCustomValues } from '../customValues.ts';
import { loadClientState, type LoadedClientState } from './clientState.ts';
import { addDeal, closeOpenDeals, passOnToDeals } from './companyDeals.ts';
import { addContacts } from './recipients.ts';

export interface StoreOptions {
  by: ChangeSource;
  /** A support link stores the company without a deal (TCD-07). */
  wantsDeal: boolean;
  /** Whether Pipedrive follows at once; a support link leaves that to the next event. */
  wantsSync: boolean;
  tc2BaseUrl: string;
  now: Date;
  /** Whether something else was applied for the same moment: a change is then not made, because it may undo a newer one. */
  isTied?: boolean;
}

export interface StoredClient {
  ok: true;
  companyId: number;
  created: boolean;
  changed: boolean;
  /** Whether the company waits for a sync, because of this change or an earlier one. */
  syncDue: boolean;
  /** The attributes that Hermes owns, as the client carries them now. */
  ownedAttributes: Record<string, string>;
  /** For operators, without personal data. */
  notes: string[];
}

export type StoreResult =
  | StoredClient
  | { ok: false; type: 'UnknownSalesPerson' | 'Tied'; message: string; companyId: number | null };

/** Brings back what TC2 itself had deleted. */
const revive = async (trx: Knex, companyId: number): Promise<RecordChange[]> => {
  const alive = { is_deleted: false, deleted_by: null };
  await trx('company').where({ id: companyId }).update(alive);
  const contacts = (await trx('contact')
    .where({ company_id: companyId, is_deleted: true, deleted_by: 'tc2' })
    .update(alive)
    .returning('id')) as { id: number }[];
  const fields = { is_deleted: { before: true, after: false } };
  return [
    { entity: 'company', recordId: companyId, companyId, fields },
    ...contacts.map(({ id }) => ({ entity: 'contact' as const, recordId: id, companyId, fields })),
  ];
};

const takeAgency = async (trx: Knex, from: number, agencyId: number): Promise<RecordChange> => {
  await trx('company').where({ id: from }).update({ tc2_agency_id: null });
  const fields = { tc2_agency_id: { before: agencyId, after: null } };
  return { entity: 'company', recordId: from, companyId: from, fields };
};

const writeCompany = async (
  trx: Knex,
  held: CompanyRow | null,
  plan: ClientPlan,
): Promise<{ row: CompanyRow; changes: RecordChange[] }> => {
  const { columns } = plan;
  const written =
    held === null
      ? trx('company').insert({ ...columns, search_by_hermes_id: false })
      : trx('company').where({ id: held.id }).update(columns);
  const rows: CompanyRow[] =
    held !== null && Object.keys(columns).length === 0 ? [held] : await written.returning<CompanyRow[]>('*');
  const [row] = rows;
  if (row === undefined) throw new Error('the company disappeared under its lock');
  const fields = fieldChanges(held, columns);
  return { row, changes: [{ entity: 'company', recordId: row.id, companyId: row.id, fields }] };
};

const writeValues = async (
  trx: Knex,
  companyId: number,
  plan: ClientPlan,
  state: LoadedClientState,
): Promise<RecordChange[]> => {
  const changed = await setCustomValues(trx, 'company_id', companyId, plan.values, state.customValues);
  if (changed.length === 0) return [];
  if (state.hasOpenDeal) {
    const open = await trx('deal').where({ company_id: companyId, status: 'open' }).pluck<number[]>('id');
    await inheritCustomValues(trx, companyId, open, changed);
  }
  const fields = changed.map((id) => [
    state.customFields.find((field) => field.id === id)?.machine_name ?? String(id),
    { before: state.customValues.get(id) ?? null, after: plan.values.get(id) ?? null },
  ]);
  return [
    {
      entity: 'company',
      recordId: companyId,
      companyId,
      fields: Object.fromEntries(fields) as RecordChange['fields'],
    },
  ];
};

const carryOut = async (
  trx: Knex,
  client: Tc2Client,
  state: LoadedClientState,
  plan: ClientPlan,
  options: StoreOptions,
): Promise<{ companyId: number; changed: boolean; notes: string[] }> => {
  const changes: RecordChange[] = [];
  if (plan.agencyFrom !== null) changes.push(await takeAgency(trx, plan.agencyFrom, client.agencyId));
  const { row, changes: ofCompany } = await writeCompany(trx, state.company, plan);
  changes.push(...ofCompany);
  if (plan.revives) changes.push(...(await revive(trx, row.id)));
  changes.push(...(await addContacts(trx, client, row, plan)));
  if (!plan.isNew) changes.push(...(await passOnToDeals(trx, row.id, plan.columns)));
  changes.push(...(await writeValues(trx, row.id, plan, state)));
  if (plan.endsDeals) changes.push(...(await closeOpenDeals(trx, row.id)));
  const deal = plan.makesDeal ? await addDeal(trx, row, options.tc2BaseUrl) : { changes: [], note: null };
  changes.push(...deal.changes);

  const changed = anyChanged(changes);
  if (changed) {
    await auditChanges(trx, options.by, changes);
    if (options.wantsSync) await wantSync(trx, row.id);
  }
  return {
    companyId: row.id,
    changed,
    notes: deal.note === null ? plan.notes : [...plan.notes, deal.note],
  };
};

/** The attributes that Hermes owns, as the client carries them. */
const ownedAttributes = (
  { customFields }: LoadedClientState,
  { extraAttributes }: Tc2Client,
): Record<string, string> => {
  const ownNames = customFields.map((field) => field.tc2_machine_name).filter((name) => name !== null);
  return knownAttributes(extraAttributes, ownNames);
};

/** What storing a client comes to that Hermes holds as it is; null when there is something to write. */
export const storedBefore = (
  state: LoadedClientState,
  client: Tc2Client,
  plan: ClientPlan,
): StoredClient | null => {
  const { company } = state;
  if (company === null || !isNothing(plan)) return null;
  return {
    ok: true,
    companyId: company.id,
    created: false,
    changed: false,
    syncDue: isSyncDue(company),
    ownedAttributes: ownedAttributes(state, client),
    notes: plan.notes,
  };
};

/** Locks the companies that are about to be written, in one order. @returns whether there were any: nobody else writes a new one */
const lockCompanies = async (trx: Knex, state: LoadedClientState): Promise<boolean> => {
  const ids = [state.company?.id, state.agencyHolder?.id].filter((id) => id !== undefined);
  if (ids.length > 0) await trx('company').whereIn('id', ids).orderBy('id').forNoKeyUpdate().select('id');
  return ids.length > 0;
};

/**
 * Stores a client in the transaction given. The caller holds the client's turn (`lockRemoteRecord`).
 *
 * A client that turns out to be unchanged locks nothing. Otherwise the company is locked, and what holds under the lock decides:
 * bookings and Pipedrive's webhooks change companies, too.
 *
 * @returns what changed, or the reason why a new client cannot be stored
 */
export const storeClient = async (
  trx: Knex,
  client: Tc2Client,
  options: StoreOptions,
): Promise<StoreResult> => {
  let state = await loadClientState(trx, client);
  let plan = planClient(state, client, options);
  if (plan.kind === 'store' && !isNothing(plan) && (await lockCompanies(trx, state))) {
    state = await loadClientState(trx, client);
    plan = planClient(state, client, options);
  }
  if (plan.kind === 'refused') {
    return { ok: false, type: plan.type, message: plan.message, companyId: null };
  }
  if (options.isTied === true && !isNothing(plan)) {
    const message = 'another event of the same moment was applied';
    return { ok: false, type: 'Tied', message, companyId: state.company?.id ?? null };
  }
  const before = storedBefore(state, client, plan);
  if (before !== null) return before;
  const { company } = state;
  const stored = await carryOut(trx, client, state, plan, options);
  const syncDue =
    (stored.changed && options.wantsSync) || (company !== null && !stored.changed && isSyncDue(company));
  return {
    ok: true,
    created: plan.isNew,
    ownedAttributes: ownedAttributes(state, client),
    ...stored,
    syncDue,
  };
};
