/**
 * What a TC2 client changes in Hermes: the rules of its groups in one decision. Pure: it gets what Hermes holds and gives what has to
 * be written, which is nothing for the unchanged clients that TC2 sends again every few hours.
 */
import { endsOpenDeals, isNewSale } from '../deal/rules.ts';
import { attributeText } from '../tc2/attributeValue.ts';
import { cleanAttribute, type Tc2Client, type Tc2Recipient } from '../tc2/client.ts';
import { customValuesFromTc2, type CustomValue, type Tc2CustomField } from './customValues.ts';
import { companyChangesFromTc2, newCompanyFromTc2, type ComparedCompany, type StaffIds } from './fromTc2.ts';

/** The part of a company that the rules look at. */
export type PlannedFor = ComparedCompany & {
  id: number;
  tc2_agency_id: number | null;
  tc2_cligency_id: number | null;
  is_deleted: boolean;
  deleted_by: string | null;
};

/** What Hermes holds that has to do with a client. */
export interface ClientState {
  company: PlannedFor | null;
  /** Another company that has the client's agency. */
  agencyHolder: { id: number; is_deleted: boolean } | null;
  staff: StaffIds;
  /** Hermes ids of the admins whom the client may name anywhere, by TC2 id. */
  admins: ReadonlyMap<number, number>;
  /** TC2 ids of those among the client's recipients who are contacts already, of whatever company. */
  knownRecipients: ReadonlySet<number>;
  /** Custom fields of the organization. */
  customFields: readonly Tc2CustomField[];
  /** The company's values by field id. */
  customValues: ReadonlyMap<number, unknown>;
  hasDeal: boolean;
  hasOpenDeal: boolean;
}

export interface ClientPlan {
  kind: 'store';
  isNew: boolean;
  /** Columns of the company: all of a new one, those of a known one that become another. */
  columns: Record<string, unknown>;
  /** A deleted company that gives its agency up to this one. */
  agencyFrom: number | null;
  revives: boolean;
  /** Recipients who become contacts. */
  recipients: Tc2Recipient[];
  /** Values of custom fields that become another, by field id. */
  values: Map<number, CustomValue | null>;
  endsDeals: boolean;
  makesDeal: boolean;
  /** For operators: what was noticed, without personal data. */
  notes: string[];
}

/** Why a client cannot be stored. */
export interface ClientRefusal {
  kind: 'refused';
  type: 'UnknownSalesPerson';
  message: string;
}

export interface PlanOptions {
  /** A support link stores the company without a deal (TCD-07). */
  wantsDeal: boolean;
  now: Date;
}

const unknownStaff = (client: Tc2Client, staff: StaffIds): string[] => {
  const roles = [
    ['sales', client.salesPerson, staff.salesPerson],
    ['support', client.supportPerson, staff.supportPerson],
    ['BDR', client.bdrPerson, staff.bdrPerson],
  ] as const;
  return roles
    .filter(([, named, known]) => named !== null && known === null)
    .map(([role, named]) => `the ${role} person (TC2 admin ${named}) is unknown`);
};

/** TCC-02, TCC-09, TCC-16: those whom Hermes does not know; a recipient may be named twice. */
const newRecipients = (client: Tc2Client, known: ReadonlySet<number>): Tc2Recipient[] => {
  // NARC-01: no contacts for what is no client.
  if (client.narc) return [];
  const seen = new Set(known);
  return client.recipients.filter(({ id }) => (seen.has(id) ? false : seen.add(id)));
};

/**
 * Whether a field holds already what the client says of it. A field with a TC2 machine name is written there as sales wrote it and
 * read back cleaned: its echo must not put it into lower case, nor take an amount's currency.
 */
const holds = (field: Tc2CustomField | undefined, held: unknown, said: unknown): boolean => {
  if (JSON.stringify(held ?? null) === JSON.stringify(said ?? null)) return true;
  const name = field?.tc2_machine_name ?? null;
  if (name === null || said === null) return false;
  return cleanAttribute(name, attributeText(held)) === cleanAttribute(name, attributeText(said));
};

/** An agency has one company: it moves away from a deleted one only. */
const agencyOf = (
  { company, agencyHolder }: ClientState,
  client: Tc2Client,
): { id: number | null; from: number | null; note: string | null } => {
  if (agencyHolder === null) return { id: client.agencyId, from: null, note: null };
  if (agencyHolder.is_deleted) return { id: client.agencyId, from: agencyHolder.id, note: null };
  return {
    id: company?.tc2_agency_id ?? null,
    from: null,
    note: `agency ${client.agencyId} belongs to company ${agencyHolder.id}, another client in TC2`,
  };
};

const columnsOf = (
  { company, staff, customFields }: ClientState,
  client: Tc2Client,
  agencyId: number | null,
  bound: Record<string, string>,
): Record<string, unknown> => {
  const ids = { tc2_agency_id: agencyId, tc2_cligency_id: client.cligencyId };
  if (company === null) return { ...newCompanyFromTc2(client, staff), ...ids, ...bound };
  const held: Record<string, unknown> = { ...company };
  const changes = companyChangesFromTc2(company, client, staff);
  const otherIds = Object.entries(ids).filter(([column, value]) => held[column] !== value);
  const otherBound = Object.entries(bound).filter(([column, value]) => {
    const field = customFields.find(({ hermes_column: name }) => name === column);
    return !holds(field, held[column], value);
  });
  // A bound field speaks last; where it says what is held already, the column stays.
  const unbound = Object.entries(changes).filter(([column]) => !(column in bound));
  return Object.fromEntries([...unbound, ...otherBound, ...otherIds]);
};

/** Decides what a client changes. */
export const planClient = (
  state: ClientState,
  client: Tc2Client,
  { wantsDeal, now }: PlanOptions,
): ClientPlan | ClientRefusal => {
  const { company, staff } = state;
  // TCC-06: a company that Hermes knows keeps its own sales person.
  if (company === null && staff.salesPerson === null) {
    const named =
      client.salesPerson === null ? 'names no sales person' : `names TC2 admin ${client.salesPerson}`;
    return {
      kind: 'refused',
      type: 'UnknownSalesPerson',
      message: `the new client ${named}, whom Hermes does not know: add the admin, then replay`,
    };
  }

  const agency = agencyOf(state, client);
  const custom = customValuesFromTc2(state.customFields, client, state.admins);
  const columns = columnsOf(state, client, agency.id, custom.columns);
  const fieldOf = (id: number) => state.customFields.find((field) => field.id === id);
  const values = [...custom.values].filter(
    ([id, value]) => !holds(fieldOf(id), state.customValues.get(id), value),
  );
  // What TC2 deleted comes back with TC2; a deletion made in Pipedrive stays (PDO-31).
  const revives = company !== null && company.is_deleted && company.deleted_by === 'tc2';
  const isDeleted = company !== null && company.is_deleted && !revives;
  const sale = {
    tc2_status: client.status,
    paid_invoice_count: client.paidInvoiceCount,
    narc: client.narc,
    sales_person_id: company?.sales_person_id ?? staff.salesPerson,
    // The agency's age counts, not the company's: Hermes may have met it in Pipedrive only yesterday.
    created: client.created,
  };

  const notes = unknownStaff(client, staff);
  if (client.unknownPricePlan !== null) notes.push('the price plan is not one that is sold; payg is assumed');
  if (agency.note !== null) notes.push(agency.note);
  if (custom.leftOut.length > 0) notes.push(`left out: ${custom.leftOut.join(', ')}`);
  return {
    kind: 'store',
    isNew: company === null,
    columns,
    agencyFrom: agency.from,
    revives,
    recipients: newRecipients(client, state.knownRecipients),
    values: new Map(values),
    endsDeals: state.hasOpenDeal && endsOpenDeals({ narc: client.narc, tc2_status: client.status }),
    // A company that ever had a deal gets no other from TC2 (TCD-12, TCD-14).
    makesDeal: wantsDeal && !isDeleted && !state.hasDeal && isNewSale(sale, now),
    notes,
  };
};

/** Whether there is nothing to write. */
export const isNothing = (plan: ClientPlan): boolean =>
  Object.keys(plan.columns).length === 0 &&
  plan.agencyFrom === null &&
  !plan.revives &&
  plan.recipients.length === 0 &&
  plan.values.size === 0 &&
  !plan.endsDeals &&
  !plan.makesDeal;
