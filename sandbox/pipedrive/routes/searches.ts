/**
 * The five searches: 20 tokens each, and at most 10 requests per 2 s on every plan.
 */
import { z } from 'zod';
import type { Account } from '../account.ts';
import { searchText } from '../customFields.ts';
import { invalid } from '../errors.ts';
import { boolean, commaList, integer, limitUpTo, parseQuery, slicePage } from '../listing.ts';
import type { RowTypes } from '../rows.ts';
import { findsRow, searchFields, searchItem } from '../search.ts';
import { isSearched, searchedEntities, searchTexts, type SearchedEntity } from '../searchTexts.ts';
import type { RouteContext } from './router.ts';

const nameList = (allowed: readonly string[]) =>
  commaList
    .refine(
      (list) => list.every((name) => allowed.includes(name)),
      `The value must be one of: ${allowed.join(', ')}`,
    )
    .optional();

const baseParams = (cap: number) => ({
  term: z.string({ error: 'A value is required' }),
  exact_match: boolean.optional(),
  limit: limitUpTo(cap),
  cursor: z.string().optional(),
});

const organizationParams = z.strictObject({
  ...baseParams(500),
  fields: nameList(searchFields.organization),
});

const personParams = z.strictObject({
  ...baseParams(500),
  fields: nameList(searchFields.person),
  organization_id: integer.optional(),
  include_fields: z.literal('person.picture').optional(),
});

const dealParams = z.strictObject({
  ...baseParams(500),
  fields: nameList(searchFields.deal),
  person_id: integer.optional(),
  organization_id: integer.optional(),
  status: z.literal(['open', 'won', 'lost']).optional(),
  include_fields: z.literal('deal.cc_email').optional(),
});

interface TermQuery {
  term: string;
  exact_match?: boolean | undefined;
  fields?: string[] | undefined;
}

/** Two characters, one with exact_match. */
const requireTerm = ({ term, exact_match = false }: TermQuery): void => {
  if (term.trim().length < (exact_match ? 1 : 2)) throw invalid('term', 'The value is too short');
};

const find = <E extends SearchedEntity>(
  { store, index }: Account,
  entity: E,
  query: TermQuery,
): RowTypes[E][] => {
  requireTerm(query);
  const { term, fields, exact_match: isExact = false } = query;
  const rows = isExact ? index.candidates(entity, term) : index.rows(entity);
  return rows.filter((row) => findsRow(searchTexts[entity](store, row), { term, fields, isExact }));
};

const result = (item: Record<string, unknown>, position: number): Record<string, unknown> => ({
  result_score: Number((1 / (1 + position / 10)).toFixed(4)),
  item,
});

const answer = (
  items: Record<string, unknown>[],
  query: { limit?: number | undefined; cursor?: string | undefined },
  extra: Record<string, unknown> = {},
): Record<string, unknown> => {
  const page = slicePage(items, query);
  return {
    success: true,
    data: { items: page.rows.map(result), ...extra },
    additional_data: { next_cursor: page.next_cursor },
  };
};

const entitySearches = ({ router, account, charge }: RouteContext): void => {
  router.get('/organizations/search', charge(20, 'search'), (ctx) => {
    const query = parseQuery(organizationParams, ctx.query);
    const rows = find(account, 'organization', query);
    ctx.body = answer(itemsOf(account, 'organization', rows), query);
  });
  router.get('/persons/search', charge(20, 'search'), (ctx) => {
    const query = parseQuery(personParams, ctx.query);
    const { organization_id } = query;
    const rows = find(account, 'person', query).filter(
      (row) => organization_id === undefined || row.org_id === organization_id,
    );
    ctx.body = answer(itemsOf(account, 'person', rows), query);
  });
  router.get('/deals/search', charge(20, 'search'), (ctx) => {
    const query = parseQuery(dealParams, ctx.query);
    const { person_id, organization_id, status } = query;
    const rows = find(account, 'deal', query).filter(
      (row) =>
        (person_id === undefined || row.person_id === person_id) &&
        (organization_id === undefined || row.org_id === organization_id) &&
        (status === undefined || row.status === status),
    );
    ctx.body = answer(itemsOf(account, 'deal', rows), query);
  });
};

const itemTypes = ['deal', 'person', 'organization', 'product', 'lead', 'file', 'mail_attachment', 'project'];
const itemFields = [
  'address',
  'code',
  'custom_fields',
  'email',
  'name',
  'notes',
  'phone',
  'title',
  'description',
];

const itemParams = z.strictObject({
  ...baseParams(100),
  item_types: nameList(itemTypes),
  fields: nameList(itemFields),
  search_for_related_items: boolean.optional(),
  include_fields: nameList(['deal.cc_email', 'person.picture', 'product.price']),
});

const itemsOf = <E extends SearchedEntity>(
  { store }: Account,
  entity: E,
  rows: RowTypes[E][],
): Record<string, unknown>[] => rows.map((row) => searchItem[entity](store, row));

const itemSearch = ({ router, account, charge }: RouteContext): void => {
  router.get('/itemSearch', charge(20, 'search'), (ctx) => {
    const query = parseQuery(itemParams, ctx.query);
    requireTerm(query);
    const types = searchedEntities.filter((entity) => query.item_types?.includes(entity) ?? true);
    const items = types.flatMap((entity) => itemsOf(account, entity, find(account, entity, query)));
    ctx.body = answer(items, query, { related_items: [] });
  });
};

const fieldTexts = <E extends SearchedEntity>(
  { store }: Account,
  entity: E,
  row: RowTypes[E],
  code: string,
): string[] => {
  const field = store.fields[entity].get(code);
  if (field?.is_custom_field === true) {
    const text = searchText(field, row.custom_fields[code]);
    return text === undefined ? [] : [text];
  }
  const aliases: Record<string, string> = { emails: 'email', phones: 'phone' };
  return searchTexts[entity](store, row)[aliases[code] ?? code] ?? [];
};

interface FieldQuery {
  term: string;
  field: string;
  match: 'exact' | 'beginning' | 'middle';
}

/** Unlike the other searches, this one minds upper and lower case. */
const matchesField = (text: string, term: string, match: FieldQuery['match']): boolean => {
  switch (match) {
    case 'exact':
      return text === term;
    case 'beginning':
      return text.startsWith(term);
    case 'middle':
      return text.includes(term);
    default:
      return match satisfies never;
  }
};

const fieldParams = z.strictObject({
  term: z.string({ error: 'A value is required' }),
  entity_type: z.literal(['deal', 'lead', 'person', 'organization', 'product', 'project']),
  field: z.string({ error: 'A value is required' }),
  match: z.literal(['exact', 'beginning', 'middle']).optional(),
  limit: limitUpTo(500),
  cursor: z.string().optional(),
});

const fieldSearch = ({ router, account, charge }: RouteContext): void => {
  router.get('/itemSearch/field', charge(20, 'search'), (ctx) => {
    const query = parseQuery(fieldParams, ctx.query);
    const { term, entity_type, field, match = 'exact' } = query;
    requireTerm({ term, exact_match: match === 'exact' });
    if (!isSearched(entity_type)) {
      ctx.body = { success: true, data: [], additional_data: { next_cursor: null } };
      return;
    }
    if (!account.store.fields[entity_type].has(field)) throw invalid('field', `Unknown field '${field}'`);
    const rows = rowsWith(account, entity_type, { term, field, match });
    if (account.settings.itemSearchFieldStyle === 'items') {
      ctx.body = answer(rows, query);
      return;
    }
    const page = slicePage(rows, query);
    ctx.body = { success: true, data: page.rows, additional_data: { next_cursor: page.next_cursor } };
  });
};

const rowsWith = (
  account: Account,
  entity: SearchedEntity,
  { term, field, match }: FieldQuery,
): Record<string, unknown>[] => {
  const rows = match === 'exact' ? account.index.candidates(entity, term) : account.index.rows(entity);
  return rows
    .filter((row) => fieldTexts(account, entity, row, field).some((text) => matchesField(text, term, match)))
    .map((row) => ({ id: row.id, name: 'title' in row ? row.title : row.name }));
};

export const searchRoutes = (context: RouteContext): void => {
  entitySearches(context);
  fieldSearch(context);
  itemSearch(context);
};
