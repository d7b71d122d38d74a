/**
 * Stores what a TC2 client says: company, contacts, deal, values of custom fields. The one place for it, whether the client came
 * with a webhook, was read for an invoice, or was read for a support link.
 */
import type { Knex } from 'knex';
import type { CompanyRow } from '../../db/models/index.ts';
import { customValuesFromTc2 } from '../../domain/company/customValues.ts';
import { companyChangesFromTc2, newCompanyFromTc2, type StaffIds } from '../../domain/company/fromTc2.ts';
import { inheritedFields } from '../../domain/company/terms.ts';
import { endsOpenDeals, isNewSale } from '../../domain/deal/rules.ts';
import type { Tc2Client } from '../../domain/tc2/client.ts';
import { auditChanges, fieldChanges, wantSync, type ChangeSource, type RecordChange } from './changes.ts';
import { inheritCustomValues, organizationFields, setCustomValues } from './customValues.ts';
import { entryStageOf, insertDeal } from './newDeal.ts';

export interface StoreOptions {
  by: ChangeSource;
  /** A support link stores the company without a deal (TCD-07). */
  wantsDeal: boolean;
  /** Whether Pipedrive follows at once; a support link leaves that to the next event. */
  wantsSync: boolean;
  tc2BaseUrl: string;
  now: Date;
}

export type StoreResult =
  | { ok: true; companyId: number; created: boolean; changed: boolean; notes: string[] }
  | { ok: false; type: 'UnknownSalesPerson' | 'AgencyTaken'; message: string; companyId: number | null };

const staffOf = async (trx: Knex, client: Tc2Client): Promise<StaffIds> => {
  const wanted = [client.salesPerson, client.supportPerson, client.bdrPerson].filter((id) => id !== null);
  const rows =
    wanted.length === 0
      ? []
      : await trx('admin')
          .whereIn('tc2_admin_id', wanted)
          .select<{ id: number; tc2_admin_id: number }[]>('id', 'tc2_admin_id');
  const idOf = (tc2Id: number | null): number | null =>
    rows.find((row) => row.tc2_admin_id === tc2Id)?.id ?? null;
  return {
    salesPerson: idOf(client.salesPerson),
    supportPerson: idOf(client.supportPerson),
    bdrPerson: idOf(client.bdrPerson),
  };
};

const unknownStaffNotes = (client: Tc2Client, staff: StaffIds): string[] => {
  const roles = [
    ['sales', client.salesPerson, staff.salesPerson],
    ['support', client.supportPerson, staff.supportPerson],
    ['BDR', client.bdrPerson, staff.bdrPerson],
  ] as const;
  return roles
    .filter(([, named, known]) => named !== null && known === null)
    .map(([role, named]) => `the ${role} person (TC2 admin ${named}) is unknown`);
};

/** Adds the paid recipients that Hermes does not know yet; those it knows stay as they are (TCC-02, TCC-09, TCC-16). */
const addContacts = async (
  trx: Knex,
  client: Tc2Client,
  company: { id: number; country: string | null },
): Promise<RecordChange[]> => {
  if (client.recipients.length === 0) return [];
  const known = new Set(
    await trx('contact')
      .whereIn(
        'tc2_sr_id',
        client.recipients.map(({ id }) => id),
      )
      .pluck<number[]>('tc2_sr_id'),
  );
  const changes: RecordChange[] = [];
  for (const recipient of client.recipients) {
    if (known.has(recipient.id)) continue;
    known.add(recipient.id);
    const adopted = await adoptByEmail(trx, company.id, recipient.id, recipient.email);
    if (adopted !== null) {
      changes.push({
        entity: 'contact',
        recordId: adopted,
        companyId: company.id,
        fields: { tc2_sr_id: { before: null, after: recipient.id } },
      });
      continue;
    }
    const contact = {
      tc2_sr_id: recipient.id,
      first_name: recipient.first_name,
      last_name: recipient.last_name,
      email: recipient.email ?? client.email,
      phone: client.phone,
      country: company.country,
    };
    const [row] = (await trx('contact')
      .insert({ ...contact, company_id: company.id })
      .returning('id')) as [{ id: number }];
    changes.push({
      entity: 'contact',
      recordId: row.id,
      companyId: company.id,
      fields: fieldChanges(null, contact),
    });
  }
  return changes;
};

/** A contact that booked a call before it became a paid recipient is the same person: it is linked, not doubled. */
const adoptByEmail = async (
  trx: Knex,
  companyId: number,
  recipientId: number,
  email: string | null,
): Promise<number | null> => {
  if (email === null) return null;
  const [row] = (await trx('contact')
    .where({ company_id: companyId, is_deleted: false })
    .whereNull('tc2_sr_id')
    .whereRaw('lower(email) = lower(?)', [email])
    .orderBy('id')
    .limit(1)
    .select('id')) as { id: number }[];
  if (row === undefined) return null;
  await trx('contact').where({ id: row.id }).update({ tc2_sr_id: recipientId });
  return row.id;
};

const closeOpenDeals = async (trx: Knex, companyId: number): Promise<RecordChange[]> => {
  const rows = (await trx('deal')
    .where({ company_id: companyId, status: 'open' })
    .update({ status: 'lost' })
    .returning('id')) as { id: number }[];
  return rows.map(({ id }) => ({
    entity: 'deal',
    recordId: id,
    companyId,
    fields: { status: { before: 'open', after: 'lost' } },
  }));
};

/** Open deals follow the company's fields that just changed, and only those: what sales edited on a deal stays. */
const passOnToDeals = async (
  trx: Knex,
  companyId: number,
  changes: Record<string, unknown>,
): Promise<RecordChange[]> => {
  const passed = Object.fromEntries(
    inheritedFields.filter((field) => field in changes).map((field) => [field, changes[field]]),
  );
  if (Object.keys(passed).length === 0) return [];
  const deals = (await trx('deal').where({ company_id: companyId, status: 'open' }).select('*')) as ({
    id: number;
  } & Record<string, unknown>)[];
  if (deals.length === 0) return [];
  await trx('deal').where({ company_id: companyId, status: 'open' }).update(passed);
  return deals.map((deal) => ({
    entity: 'deal',
    recordId: deal.id,
    companyId,
    fields: fieldChanges(deal, passed),
  }));
};

/** Brings back what TC2 itself had deleted; a deletion made in Pipedrive stays (PDO-31). */
const revive = async (trx: Knex, company: CompanyRow): Promise<RecordChange[]> => {
  if (!company.is_deleted || company.deleted_by !== 'tc2') return [];
  await trx('company').where({ id: company.id }).update({ is_deleted: false, deleted_by: null });
  const contacts = (await trx('contact')
    .where({ company_id: company.id, is_deleted: true, deleted_by: 'tc2' })
    .update({ is_deleted: false, deleted_by: null })
    .returning('id')) as { id: number }[];
  const fields = { is_deleted: { before: true, after: false } };
  return [
    { entity: 'company' as const, recordId: company.id, companyId: company.id, fields },
    ...contacts.map(({ id }) => ({
      entity: 'contact' as const,
      recordId: id,
      companyId: company.id,
      fields,
    })),
  ];
};

const findCompany = async (
  trx: Knex,
  client: Tc2Client,
): Promise<{ company: CompanyRow | undefined; agencyTakenBy: number | null }> => {
  const company = (await trx('company')
    .where({ tc2_cligency_id: client.cligencyId })
    .forUpdate()
    .first('*')) as CompanyRow | undefined;
  if (company !== undefined && company.tc2_agency_id === client.agencyId) {
    return { company, agencyTakenBy: null };
  }
  const holder = (await trx('company').where({ tc2_agency_id: client.agencyId }).forUpdate().first('*')) as
    CompanyRow | undefined;
  if (holder === undefined) return { company, agencyTakenBy: null };
  if (company === undefined && holder.tc2_cligency_id === null)
    return { company: holder, agencyTakenBy: null };
  return { company, agencyTakenBy: holder.id };
};

const createCompany = async (
  trx: Knex,
  client: Tc2Client,
  staff: StaffIds,
  columns: Record<string, unknown>,
): Promise<{ row: CompanyRow; changes: RecordChange[] }> => {
  const fresh = { ...newCompanyFromTc2(client, staff), ...columns };
  const [row] = (await trx('company')
    .insert({ ...fresh, search_by_hermes_id: false })
    .returning('*')) as [CompanyRow];
  const contacts = client.narc ? [] : await addContacts(trx, client, row);
  return {
    row,
    changes: [
      { entity: 'company', recordId: row.id, companyId: row.id, fields: fieldChanges(null, fresh) },
      ...contacts,
    ],
  };
};

const updateCompany = async (
  trx: Knex,
  company: CompanyRow,
  client: Tc2Client,
  staff: StaffIds,
  columns: Record<string, unknown>,
): Promise<{ row: CompanyRow; changes: RecordChange[] }> => {
  const bound = Object.fromEntries(
    Object.entries(columns).filter(([column, value]) => company[column as keyof CompanyRow] !== value),
  );
  const own = company.tc2_cligency_id === null ? { tc2_cligency_id: client.cligencyId } : {};
  const patch = { ...companyChangesFromTc2(company, client, staff), ...bound, ...own };
  const revived = await revive(trx, company);
  const changed = Object.keys(patch).length > 0;
  if (changed) await trx('company').where({ id: company.id }).update(patch);
  const row = {
    ...company,
    ...patch,
    ...(revived.length > 0 ? { is_deleted: false, deleted_by: null } : {}),
  };
  const contacts = client.narc ? [] : await addContacts(trx, client, row);
  const passed = await passOnToDeals(trx, company.id, patch);
  return {
    row,
    changes: [
      {
        entity: 'company',
        recordId: company.id,
        companyId: company.id,
        fields: fieldChanges(company, patch),
      },
      ...revived,
      ...contacts,
      ...passed,
    ],
  };
};

/** A first deal for a new sale; a company that ever had one gets no other from TC2 (TCD-12, TCD-14). */
const addDeal = async (
  trx: Knex,
  company: CompanyRow,
  options: StoreOptions,
): Promise<{ changes: RecordChange[]; note: string | null }> => {
  const nothing = { changes: [], note: null };
  if (!options.wantsDeal || company.is_deleted || !isNewSale(company, options.now)) return nothing;
  const existing = await trx('deal').where({ company_id: company.id }).first('id');
  if (existing !== undefined) return nothing;
  const entry = await entryStageOf(trx, company.price_plan);
  if (!entry.ok) return { changes: [], note: `no deal was made: ${entry.message}` };
  const contact = (await trx('contact')
    .where({ company_id: company.id, is_deleted: false })
    .orderBy('id')
    .first('id')) as { id: number } | undefined;
  const dealId = await insertDeal(trx, company, {
    ...entry,
    contactId: contact?.id ?? null,
    adminId: company.sales_person_id,
    booked: false,
    tc2BaseUrl: options.tc2BaseUrl,
  });
  return {
    changes: [
      {
        entity: 'deal',
        recordId: dealId,
        companyId: company.id,
        fields: { status: { before: null, after: 'open' } },
      },
    ],
    note: null,
  };
};

/**
 * Stores a client in the transaction given. The caller holds the client's turn (`lockRemoteRecord`).
 *
 * @returns what changed, or the reason why a new client cannot be stored
 */
export const storeClient = async (
  trx: Knex,
  client: Tc2Client,
  options: StoreOptions,
): Promise<StoreResult> => {
  const { company, agencyTakenBy } = await findCompany(trx, client);
  if (agencyTakenBy !== null) {
    return {
      ok: false,
      type: 'AgencyTaken',
      message: `agency ${client.agencyId} belongs to company ${agencyTakenBy}, which is another client in TC2`,
      companyId: company?.id ?? null,
    };
  }
  const staff = await staffOf(trx, client);
  if (company === undefined && staff.salesPerson === null) {
    const named =
      client.salesPerson === null ? 'names no sales person' : `names TC2 admin ${client.salesPerson}`;
    return {
      ok: false,
      type: 'UnknownSalesPerson',
      message: `the new client ${named}, whom Hermes does not know: add the admin, then replay`,
      companyId: null,
    };
  }

  const custom = customValuesFromTc2(await organizationFields(trx), client);
  const stored =
    company === undefined
      ? await createCompany(trx, client, staff, custom.columns)
      : await updateCompany(trx, company, client, staff, custom.columns);
  const { row } = stored;
  const changes = [...stored.changes];

  const valuesChanged = await setCustomValues(trx, 'company_id', row.id, custom.values);
  if (valuesChanged.length > 0) {
    const open = await trx('deal').where({ company_id: row.id, status: 'open' }).pluck<number[]>('id');
    await inheritCustomValues(trx, row.id, open, valuesChanged);
    changes.push({
      entity: 'company',
      recordId: row.id,
      companyId: row.id,
      fields: Object.fromEntries(
        valuesChanged.map((id) => [`custom_field_${id}`, { before: null, after: 'set' }]),
      ),
    });
  }

  if (endsOpenDeals(row)) changes.push(...(await closeOpenDeals(trx, row.id)));
  const deal = await addDeal(trx, row, options);
  changes.push(...deal.changes);

  const changed = changes.some(({ fields }) => Object.keys(fields).length > 0);
  if (changed) {
    await auditChanges(trx, options.by, changes);
    if (options.wantsSync) await wantSync(trx, row.id);
  }
  const notes = unknownStaffNotes(client, staff);
  if (client.unknownPricePlan !== null) notes.push('the price plan is not one that is sold; payg is assumed');
  if (deal.note !== null) notes.push(deal.note);
  return { ok: true, companyId: row.id, created: company === undefined, changed, notes };
};
