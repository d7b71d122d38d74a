/** How an organization that exists in Pipedrive already is looked for before one is created (SYN-52 to SYN-59). */
import { digitsOf, isTelling } from '../values/phone.ts';

export type OrganizationSearch =
  /** The organization of a person that one of the contacts is linked to. */
  | { by: 'person'; contactId: number }
  /** Our own id, for companies whose row was copied from elsewhere. */
  | { by: 'hermesId' }
  /** The link to the client in TutorCruncher. */
  | { by: 'cligency' }
  /** The organization of the person who has a contact's address. */
  | { by: 'email'; contactId: number }
  | { by: 'phone'; contactId: number };

/** Contacts asked for by address or by number; each costs a search. */
const maxContacts = 3;

interface SearchedContact {
  id: number;
  pd_person_id: number | null;
  email: string | null;
  phone: string | null;
  is_deleted: boolean;
}

const distinct = <T>(items: readonly T[], keyOf: (item: T) => string): T[] => {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = keyOf(item);
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
};

/**
 * The searches worth their price, in the order of trust.
 *
 * @param findBeforeCreate PD_FIND_BEFORE_CREATE; a linked person is followed in any case, because it costs next to nothing
 * @param mapped names that the organization's field map holds
 */
export const organizationSearches = (
  company: { tc2_cligency_id: number | null; search_by_hermes_id: boolean },
  contacts: readonly SearchedContact[],
  mapped: readonly string[],
  findBeforeCreate: boolean,
): OrganizationSearch[] => {
  const alive = contacts.filter((contact) => !contact.is_deleted);
  const searches: OrganizationSearch[] = alive
    .filter((contact) => contact.pd_person_id !== null)
    .slice(0, maxContacts)
    .map((contact) => ({ by: 'person', contactId: contact.id }));
  if (!findBeforeCreate) return searches;
  if (company.search_by_hermes_id && mapped.includes('hermes_id')) searches.push({ by: 'hermesId' });
  if (company.tc2_cligency_id !== null && mapped.includes('tc2_cligency_url'))
    searches.push({ by: 'cligency' });
  const withEmail = distinct(
    alive.filter((contact) => contact.email !== null && contact.email.length > 1),
    (contact) => contact.email?.toLowerCase() ?? '',
  ).slice(0, maxContacts);
  const withPhone = distinct(
    alive.filter((contact) => isTelling(contact.phone)),
    (contact) => contact.phone ?? '',
  ).slice(0, maxContacts);
  return [
    ...searches,
    ...withEmail.map((contact) => ({ by: 'email' as const, contactId: contact.id })),
    ...withPhone.map((contact) => ({ by: 'phone' as const, contactId: contact.id })),
  ];
};

/** Whether a person's addresses or numbers hold the term: Pipedrive's search is less exact than it says. */
export const hasDetail = (field: 'email' | 'phone', values: readonly string[], term: string): boolean =>
  values.some((value) =>
    field === 'email' ? value.toLowerCase() === term.toLowerCase() : digitsOf(value) === digitsOf(term),
  );

/** Whether one of an organization's custom fields holds the term. */
export const hasCustomValue = (values: readonly unknown[], term: string): boolean =>
  values.some((value) => String(value).toLowerCase() === term.toLowerCase());
