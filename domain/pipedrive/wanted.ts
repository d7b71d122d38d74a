/** What Pipedrive's records must look like, as a function of what Hermes holds. Flat fields, see fields.ts. */
import { nameOf } from '../values/text.ts';
import {
  definitionOfCustom,
  definitionOfName,
  holdsAdmin,
  type FieldMap,
  type RecordEntity,
} from './fieldMap.ts';
import { toPipedrive } from './fieldValue.ts';
import { customField, isEmpty, type Fields } from './fields.ts';

/** What the rules need beside the records. */
export interface WantedContext {
  map: FieldMap;
  /** Pipedrive user id by Hermes admin id. */
  owners: ReadonlyMap<number, number | null>;
  tc2BaseUrl: string;
  /** Currency of amounts that bring none. */
  currency: string;
}

export interface WantedCompany {
  id: number;
  name: string;
  tc2_cligency_id: number | null;
  country: string | null;
  currency: string | null;
  sales_person_id: number | null;
  support_person_id: number | null;
  bdr_person_id: number | null;
  pd_org_id: number | null;
  [column: string]: unknown;
}

export interface WantedContact {
  id: number;
  first_name: string | null;
  last_name: string | null;
  email: string | null;
  phone: string | null;
  [column: string]: unknown;
}

export interface WantedDeal {
  id: number;
  name: string | null;
  admin_id: number | null;
  support_person_id: number | null;
  bdr_person_id: number | null;
  [column: string]: unknown;
}

/** Values of a record's unbound custom fields by field id. */
export type CustomValues = ReadonlyMap<number, unknown>;

const ownerOf = (context: WantedContext, adminId: unknown): number | null =>
  typeof adminId === 'number' ? (context.owners.get(adminId) ?? null) : null;

const converted = (
  context: WantedContext,
  value: unknown,
  definition: ReturnType<typeof definitionOfName>,
  currency: string | null,
): unknown => (isEmpty(value) ? null : toPipedrive(value, definition, currency || context.currency));

const mapped = (
  context: WantedContext,
  entity: RecordEntity,
  values: Record<string, unknown>,
  currency: string | null,
): Fields => {
  const fields: Fields = {};
  for (const [name, key] of Object.entries(context.map.keys[entity])) {
    if (!(name in values)) continue;
    const value = converted(context, values[name], definitionOfName(context.map, entity, name), currency);
    if (value !== undefined) fields[customField(key)] = value;
  }
  return fields;
};

const ownFields = (
  context: WantedContext,
  entity: RecordEntity,
  record: Record<string, unknown>,
  values: CustomValues,
  currency: string | null,
): Fields => {
  const fields: Fields = {};
  for (const field of context.map.customFields) {
    if (field.entity !== entity) continue;
    const held = field.column === null ? values.get(field.id) : record[field.column];
    const value = converted(
      context,
      holdsAdmin(field) ? ownerOf(context, held) : held,
      definitionOfCustom(context.map, field),
      currency,
    );
    if (value !== undefined) fields[customField(field.pipedriveKey)] = value;
  }
  return fields;
};

/** Link to the client in TutorCruncher. */
const clientUrl = (context: WantedContext, cligencyId: number | null): string | null =>
  cligencyId === null ? null : `${context.tc2BaseUrl}/clients/${cligencyId}/`;

/** SYN-27: name, owner, address when there is a country, and the mapped fields; hermes_id always. */
export const wantedOrganization = (
  context: WantedContext,
  company: WantedCompany,
  values: CustomValues,
): Fields => {
  const { currency } = company;
  return {
    name: company.name,
    owner_id: ownerOf(context, company.sales_person_id),
    address: isEmpty(company.country) ? null : { value: company.country, country: company.country },
    ...ownFields(context, 'organization', company, values, currency),
    ...mapped(
      context,
      'organization',
      {
        ...company,
        hermes_id: company.id,
        tc2_cligency_url: clientUrl(context, company.tc2_cligency_id),
        support_person_id: ownerOf(context, company.support_person_id),
        bdr_person_id: ownerOf(context, company.bdr_person_id),
      },
      currency,
    ),
  };
};

/** The name that a person goes by; a contact always has one of the two in practice. Each of them may be as long as a whole name. */
const personName = (contact: WantedContact, company: WantedCompany): string =>
  nameOf([contact.first_name, contact.last_name].filter((part) => !isEmpty(part)).join(' ')) ??
  contact.email ??
  company.name;

const detail = (value: string | null): Fields[] | null =>
  isEmpty(value) ? null : [{ value, label: 'work', primary: true }];

/** SYN-28 to SYN-32, SYN-45. */
export const wantedPerson = (
  context: WantedContext,
  company: WantedCompany,
  contact: WantedContact,
  values: CustomValues,
): Fields => ({
  name: personName(contact, company),
  owner_id: ownerOf(context, company.sales_person_id),
  org_id: company.pd_org_id,
  emails: detail(contact.email),
  phones: detail(contact.phone),
  ...ownFields(context, 'person', contact, values, company.currency),
  ...mapped(context, 'person', { ...contact, hermes_id: contact.id }, company.currency),
});

/** SYN-21 without pipeline and stage, which only a create sends. */
export const wantedDeal = (
  context: WantedContext,
  company: WantedCompany,
  deal: WantedDeal,
  links: { pdPersonId: number | null },
  values: CustomValues,
): Fields => {
  const { currency } = company;
  return {
    title: isEmpty(deal.name) ? company.name : deal.name,
    org_id: company.pd_org_id,
    person_id: links.pdPersonId,
    owner_id: ownerOf(context, deal.admin_id),
    ...ownFields(context, 'deal', deal, values, currency),
    ...mapped(
      context,
      'deal',
      {
        ...deal,
        hermes_id: deal.id,
        tc2_cligency_url: clientUrl(context, company.tc2_cligency_id),
        support_person_id: ownerOf(context, deal.support_person_id),
        bdr_person_id: ownerOf(context, deal.bdr_person_id),
      },
      currency,
    ),
  };
};

/** The one field that deals of paying companies get: the company's own count (OPS-04, OPS-05). */
export const wantedPaidInvoiceCount = (context: WantedContext, count: number | null): Fields => {
  const key = context.map.keys.deal.paid_invoice_count;
  if (key === undefined || count === null) return {};
  const value = toPipedrive(
    count,
    definitionOfName(context.map, 'deal', 'paid_invoice_count'),
    context.currency,
  );
  return value === undefined ? {} : { [customField(key)]: value };
};
