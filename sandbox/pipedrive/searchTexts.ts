/**
 * What searches look at: the kinds of record, and the texts of each by the name that a search gives them.
 */
import { searchText } from './customFields.ts';
import type { RowTypes } from './rows.ts';
import type { Store } from './store.ts';

/** The kinds of record that can be searched; activities cannot. */
export const searchedEntities = ['organization', 'person', 'deal'] as const;
export type SearchedEntity = (typeof searchedEntities)[number];

export const isSearched = (entity: string): entity is SearchedEntity =>
  (searchedEntities as readonly string[]).includes(entity);

/** The texts of a record by the name a search gives them. */
export type SearchTexts = Record<string, string[]>;

/** The texts of a record's custom fields, of searchable types only. */
export const customTexts = <E extends SearchedEntity>(store: Store, entity: E, row: RowTypes[E]): string[] =>
  store
    .customFields(entity)
    .map((field) => searchText(field, row.custom_fields[field.field_code]))
    .filter((text) => text !== undefined);

export const searchTexts: { [E in SearchedEntity]: (store: Store, row: RowTypes[E]) => SearchTexts } = {
  organization: (store, row) => ({
    name: [row.name],
    address: row.address === null ? [] : [row.address.value],
    custom_fields: customTexts(store, 'organization', row),
    notes: [],
  }),
  person: (store, row) => ({
    name: [row.name],
    email: row.emails.map((item) => item.value),
    phone: row.phones.map((item) => item.value),
    custom_fields: customTexts(store, 'person', row),
    notes: [],
  }),
  deal: (store, row) => ({
    title: [row.title],
    custom_fields: customTexts(store, 'deal', row),
    notes: [],
  }),
};
