/**
 * Searches: which fields they take, when a text matches, and the shape of what they find.
 */
import type { RowTypes } from './rows.ts';
import { customTexts, type SearchedEntity, type SearchTexts } from './searchTexts.ts';
import type { Store } from './store.ts';

/** Names that `fields` may hold, by kind of record. */
export const searchFields: Record<SearchedEntity, string[]> = {
  organization: ['address', 'custom_fields', 'notes', 'name'],
  person: ['custom_fields', 'email', 'notes', 'phone', 'name'],
  deal: ['custom_fields', 'notes', 'title'],
};

/** exact_match compares whole texts, and is not case-sensitive either. */
const matchesTerm = (text: string, term: string, isExact: boolean): boolean => {
  const [haystack, needle] = [text.toLowerCase(), term.toLowerCase()];
  return isExact ? haystack === needle : haystack.includes(needle);
};

/** Whether one of the texts matches; all texts when no field is named. */
export const findsRow = (
  texts: SearchTexts,
  { term, fields, isExact }: { term: string; fields: string[] | undefined; isExact: boolean },
): boolean =>
  Object.entries(texts)
    .filter(([name]) => fields === undefined || fields.includes(name))
    .some(([, values]) => values.some((value) => matchesTerm(value, term, isExact)));

/** The item of a search result, whose shape is not that of the record. */
export const searchItem: {
  [E in SearchedEntity]: (store: Store, row: RowTypes[E]) => Record<string, unknown>;
} = {
  organization: (store, row) => ({
    id: row.id,
    type: 'organization',
    name: row.name,
    address: row.address?.value ?? null,
    visible_to: row.visible_to,
    owner: { id: row.owner_id },
    custom_fields: customTexts(store, 'organization', row),
    notes: [],
  }),
  person: (store, row) => ({
    id: row.id,
    type: 'person',
    name: row.name,
    phones: row.phones.map((item) => item.value),
    emails: row.emails.map((item) => item.value),
    visible_to: row.visible_to,
    owner: { id: row.owner_id },
    organization: organizationOf(store, row.org_id),
    custom_fields: customTexts(store, 'person', row),
    notes: [],
  }),
  deal: (store, row) => {
    const stage = store.stages.get(row.stage_id);
    const person = row.person_id === null ? undefined : store.persons.get(row.person_id);
    return {
      id: row.id,
      type: 'deal',
      title: row.title,
      value: row.value,
      currency: row.currency,
      status: row.status,
      visible_to: row.visible_to,
      owner: { id: row.owner_id },
      stage: { id: row.stage_id, name: stage?.name ?? null },
      person: person === undefined ? null : { id: person.id, name: person.name },
      organization: organizationOf(store, row.org_id),
      custom_fields: customTexts(store, 'deal', row),
      notes: [],
      is_archived: row.is_archived,
    };
  },
};

const organizationOf = (store: Store, id: number | null): Record<string, unknown> | null => {
  const row = id === null ? undefined : store.organizations.get(id);
  return row === undefined ? null : { id: row.id, name: row.name, address: row.address?.value ?? null };
};
