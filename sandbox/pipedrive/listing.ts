/**
 * Lists of API v2: strict parameters, filters, keyset cursors.
 */
import { z } from 'zod';
import { badRequest, invalid, parse } from './errors.ts';
import { utcTime } from './shapes.ts';

export const integer = z
  .string()
  .regex(/^\d{1,15}$/, "The value is not a valid 'integer'")
  .transform(Number);

export const boolean = z
  .literal(['true', 'false'], { error: "The value is not a valid 'boolean'" })
  .transform((value) => value === 'true');

/** A limit has a cap per endpoint; above it the request is refused. */
export const limitUpTo = (cap: number) =>
  integer.refine((limit) => limit >= 1 && limit <= cap, `The value must be between 1 and ${cap}`).optional();

export const commaList = z.string().transform((value) => value.split(',').map((part) => part.trim()));

const idList = commaList
  .refine((ids) => ids.length <= 100, 'The value must not hold more than 100 ids')
  .refine((ids) => ids.every((id) => /^\d+$/.test(id)), "The value is not a valid list of 'integer'")
  .transform((ids) => ids.map(Number));

const names = (isKnown: (name: string) => boolean, key: string) =>
  commaList.refine((list) => list.every(isKnown), {
    error: (issue) => {
      const unknown = (issue.input as string[]).find((name) => !isKnown(name)) ?? '';
      return `Unknown ${key} '${unknown}'`;
    },
  });

/** include_fields with the names an endpoint knows. */
export const includeParam = (allowed: readonly string[]) =>
  names((name) => allowed.includes(name), 'field').optional();

/** The parameter custom_fields: at most 15 hashes of the account. */
export const customFieldsParam = (isCode: (name: string) => boolean) =>
  names(isCode, 'custom field')
    .refine((list) => list.length <= 15, 'The value must not hold more than 15 fields')
    .optional();

export const sortDirection = z.literal(['asc', 'desc']).optional();

/** Parameters that every list takes. */
export const listParams = (sortable: readonly string[]) => ({
  limit: limitUpTo(500),
  cursor: z.string().optional(),
  sort_by: z.literal(sortable).optional(),
  sort_direction: sortDirection,
});

/** Parameters of the lists of organizations, persons, deals and activities. */
export const recordParams = {
  filter_id: integer.optional(),
  ids: idList.optional(),
  owner_id: integer.optional(),
  updated_since: utcTime.optional(),
  updated_until: utcTime.optional(),
};

/** For a route that takes no parameter. */
export const noParams = z.strictObject({});

/** Parses a query; a repeated parameter is refused like an unknown one. */
export const parseQuery = <T>(schema: z.ZodType<T>, query: Record<string, unknown>): T =>
  parse(schema, { ...query });

interface RecordQuery {
  filter_id?: number | undefined;
  ids?: number[] | undefined;
  owner_id?: number | undefined;
  updated_since?: string | undefined;
  updated_until?: string | undefined;
}

const rowsOf = <R>(rows: ReadonlyMap<number, R>, ids: number[] | undefined): R[] =>
  ids === undefined
    ? [...rows.values()]
    : [...new Set(ids)].map((id) => rows.get(id)).filter((row) => row !== undefined);

/** What the list's own filter and the common parameters leave of the rows; unknown ids are silently left out. */
export const filterRecords = <R extends { owner_id: number; update_time: string }>(
  rows: ReadonlyMap<number, R>,
  query: RecordQuery,
  accepts: (row: R) => boolean,
): R[] => {
  const { ids, owner_id, updated_since, updated_until } = query;
  // The account has no saved filters.
  if (query.filter_id !== undefined) throw badRequest('Filter not found');
  return rowsOf(rows, ids).filter(
    (row) =>
      accepts(row) &&
      (owner_id === undefined || row.owner_id === owner_id) &&
      (updated_since === undefined || row.update_time >= updated_since) &&
      (updated_until === undefined || row.update_time < updated_until),
  );
};

const marker = z.strictObject({
  field: z.string(),
  fieldValue: z.union([z.string(), z.number(), z.null()]),
  sortDirection: z.literal(['asc', 'desc']),
  id: z.int(),
});
type Marker = z.infer<typeof marker>;

const readCursor = (cursor: string): Marker => {
  try {
    return marker.parse(JSON.parse(Buffer.from(cursor, 'base64').toString('utf8')));
  } catch {
    throw invalid('cursor', 'The value is not a valid cursor');
  }
};

type Key = string | number | null;

const compareKeys = (a: Key, b: Key): number => {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
};

interface Paging {
  limit?: number | undefined;
  cursor?: string | undefined;
  sort_by?: string | undefined;
  sort_direction?: 'asc' | 'desc' | undefined;
}

export interface Page<R> {
  rows: R[];
  next_cursor: string | null;
}

/**
 * One page, by keyset: the cursor holds the last row's sort value and id, so rows that change between two calls may be seen
 * twice or not at all when sorted by update_time, as in the real API.
 */
export const paginate = <R extends { id: number }>(rows: R[], paging: Paging): Page<R> => {
  const { limit = 100, cursor } = paging;
  const start = cursor === undefined ? undefined : readCursor(cursor);
  const field = start?.field ?? paging.sort_by ?? 'id';
  const direction = start?.sortDirection ?? paging.sort_direction ?? 'asc';
  const sign = direction === 'asc' ? 1 : -1;
  const keyOf = (row: R): Key => ((row as Record<string, unknown>)[field] as Key | undefined) ?? null;
  const compare = (row: R, key: Key, rowId: number): number =>
    sign * (compareKeys(keyOf(row), key) || row.id - rowId);
  const sorted = rows
    .filter((row) => start === undefined || compare(row, start.fieldValue, start.id) > 0)
    .sort((a, b) => compare(a, keyOf(b), b.id));
  const page = sorted.slice(0, limit);
  const last = page.at(-1);
  if (last === undefined || sorted.length <= limit) return { rows: page, next_cursor: null };
  const next: Marker = { field, fieldValue: keyOf(last), sortDirection: direction, id: last.id };
  return { rows: page, next_cursor: Buffer.from(JSON.stringify(next)).toString('base64') };
};

/** The list envelope. */
export const listBody = <R>(page: Page<R>, show: (row: R) => unknown): Record<string, unknown> => ({
  success: true,
  data: page.rows.map(show),
  additional_data: { next_cursor: page.next_cursor },
});

/** A page of a list that has no ids, by position. */
export const slicePage = <R>(rows: R[], { limit = 100, cursor }: Paging): Page<R> => {
  const start = cursor === undefined ? 0 : readCursor(cursor).id;
  const end = start + limit;
  if (end >= rows.length) return { rows: rows.slice(start, end), next_cursor: null };
  const next: Marker = { field: 'position', fieldValue: end, sortDirection: 'asc', id: end };
  return {
    rows: rows.slice(start, end),
    next_cursor: Buffer.from(JSON.stringify(next)).toString('base64'),
  };
};
