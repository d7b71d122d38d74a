/** What to write to a linked record, per kind of record. */
import { mergedDetails } from './contactDetails.ts';
import { changedFields, isEmpty, type Fields } from './fields.ts';

/** The line of an address as a person reads it; Pipedrive may give the address as that line alone. */
const lineOf = (address: unknown): unknown => {
  if (typeof address !== 'object' || address === null) return address;
  const { country, value } = address as Record<string, unknown>;
  return isEmpty(value) ? country : value;
};

/**
 * Hermes knows a country, sales staff may know the street: an address is filled in where there is none, or where it is a bare country
 * code as Hermes writes it; any other stays.
 */
const addressChange = (wanted: unknown, known: unknown): Fields => {
  const now = lineOf(known);
  if (isEmpty(wanted) || now === lineOf(wanted)) return {};
  const ours = isEmpty(now) || (typeof now === 'string' && /^[A-Z]{2}$/.test(now));
  return ours ? { address: wanted } : {};
};

/** SYN-04, SYN-33, SYN-46, SYN-70. */
export const organizationChanges = (wanted: Fields, known: Fields): Fields => {
  const { address, ...others } = wanted;
  return { ...changedFields(others, known), ...addressChange(address, known.address) };
};

/** SYN-48; a marketing status is never part of a change (SYN-69). */
export const personChanges = (wanted: Fields, known: Fields): Fields => {
  const { emails, phones, ...others } = wanted;
  const changes = changedFields(others, known);
  const mergedEmails = mergedDetails(emails, known.emails);
  const mergedPhones = mergedDetails(phones, known.phones);
  if (mergedEmails !== null) changes.emails = mergedEmails;
  if (mergedPhones !== null) changes.phones = mergedPhones;
  return changes;
};
