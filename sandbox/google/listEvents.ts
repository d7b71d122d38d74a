/** The list of a calendar's events. https://developers.google.com/workspace/calendar/api/v3/reference/events/list */
import { CalendarError, invalid, notFound } from './errors.ts';
import { checkParameters, readBoolean, type EventCall } from './eventCall.ts';
import { presentEvent } from './present.ts';
import type { StoredEvent } from './store.ts';
import { parseMoment } from './values.ts';

const notWithSyncToken = [
  'timeMin',
  'timeMax',
  'updatedMin',
  'orderBy',
  'q',
  'iCalUID',
  'privateExtendedProperty',
  'sharedExtendedProperty',
];

const listParameters = [
  ...notWithSyncToken,
  'alwaysIncludeEmail',
  'maxAttendees',
  'maxResults',
  'pageToken',
  'showDeleted',
  'singleEvents',
  'syncToken',
  'timeZone',
];

/** Whatever `maxResults` says. */
const largestPage = 2_500;

interface Cursor {
  kind: 'page' | 'sync';
  value: number;
}

const writeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url');

const readCursor = (text: string, kind: Cursor['kind']): number | undefined => {
  try {
    const cursor = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as Partial<Cursor>;
    return cursor.kind === kind && typeof cursor.value === 'number' ? cursor.value : undefined;
  } catch {
    return undefined;
  }
};

const momentParameter = (query: URLSearchParams, name: string): Date | undefined => {
  const value = query.get(name);
  if (value === null) return undefined;
  const moment = parseMoment(value);
  if (moment === undefined) throw invalid('Bad Request', name);
  return moment;
};

const readSyncToken = ({ query, store }: EventCall): number | undefined => {
  const token = query.get('syncToken');
  if (token === null) return undefined;
  const other = notWithSyncToken.find((name) => query.has(name));
  if (other !== undefined) throw invalid('Sync token cannot be used with this parameter.', other);
  const since = readCursor(token, 'sync');
  // A token from before the workspace was emptied is too old, as Google's are after some weeks.
  if (since === undefined || since > store.revision) {
    throw new CalendarError(
      410,
      'fullSyncRequired',
      'Sync token is no longer valid, a full sync is required.',
      { locationType: 'parameter', location: 'syncToken' },
      'calendar',
    );
  }
  return since;
};

const hasPrivateProperty = ({ fields }: StoredEvent, constraint: string): boolean => {
  const [name = '', ...value] = constraint.split('=');
  const properties = fields['extendedProperties'] as { private?: Record<string, string> } | undefined;
  return properties?.private?.[name] === value.join('=');
};

interface ListQuery {
  /** The revision of the last sync. */
  since: number | undefined;
  from: Date | undefined;
  to: Date | undefined;
  updatedMin: Date | undefined;
  orderBy: string | null;
  showDeleted: boolean;
  iCalUID: string | null;
  properties: string[];
  offset: number;
  size: number;
}

const readOrder = (query: URLSearchParams): string | null => {
  const orderBy = query.get('orderBy');
  if (orderBy !== null && orderBy !== 'startTime' && orderBy !== 'updated') {
    throw invalid('Invalid Value', 'orderBy');
  }
  if (orderBy === 'startTime' && !readBoolean(query, 'singleEvents')) {
    throw invalid('The requested ordering is not available for the particular query.', 'orderBy');
  }
  return orderBy;
};

const readPlace = (query: URLSearchParams): { offset: number; size: number } => {
  const size = Number(query.get('maxResults') ?? '250');
  if (!Number.isInteger(size) || size < 1) throw invalid('Invalid Value', 'maxResults');
  const pageToken = query.get('pageToken');
  const offset = pageToken === null ? 0 : readCursor(pageToken, 'page');
  if (offset === undefined) throw invalid('Invalid Value', 'pageToken');
  return { offset, size: Math.min(size, largestPage) };
};

const readListQuery = (call: EventCall): ListQuery => {
  const { query } = call;
  const since = readSyncToken(call);
  const from = momentParameter(query, 'timeMin');
  const to = momentParameter(query, 'timeMax');
  const updatedMin = momentParameter(query, 'updatedMin');
  if (from !== undefined && to !== undefined && to <= from) {
    throw new CalendarError(
      400,
      'timeRangeEmpty',
      'The specified time range is empty.',
      { locationType: 'parameter', location: 'timeMax' },
      'calendar',
    );
  }
  return {
    since,
    from,
    to,
    updatedMin,
    orderBy: readOrder(query),
    // What changed since updatedMin is shown also when it was deleted.
    showDeleted: readBoolean(query, 'showDeleted') || since !== undefined || updatedMin !== undefined,
    iCalUID: query.get('iCalUID'),
    properties: query.getAll('privateExtendedProperty'),
    ...readPlace(query),
  };
};

const isAsked = (event: StoredEvent, asked: ListQuery): boolean =>
  (asked.showDeleted || event.status !== 'cancelled') &&
  (asked.since === undefined || event.revision > asked.since) &&
  (asked.from === undefined || event.period.end > asked.from) &&
  (asked.to === undefined || event.period.start < asked.to) &&
  (asked.updatedMin === undefined || event.updated >= asked.updatedMin) &&
  (asked.iCalUID === null || event.iCalUID === asked.iCalUID) &&
  asked.properties.every((constraint) => hasPrivateProperty(event, constraint));

/** Pages, sync tokens and the filters; a sync shows deleted events too. */
export const listEvents = (call: EventCall): Record<string, unknown> => {
  const { store, calendar, query, caller } = call;
  checkParameters(query, listParameters);
  if (caller !== calendar.email) throw notFound();
  const asked = readListQuery(call);
  const found = store
    .eventsOf(calendar)
    .filter((event) => isAsked(event, asked))
    .sort((a, b) =>
      asked.orderBy === 'startTime'
        ? a.period.start.getTime() - b.period.start.getTime()
        : a.revision - b.revision,
    );
  const end = asked.offset + asked.size;
  return {
    kind: 'calendar#events',
    etag: `"${store.revision}"`,
    summary: calendar.email,
    description: '',
    updated: call.now.toISOString(),
    timeZone: calendar.timeZone,
    accessRole: 'owner',
    defaultReminders: [{ method: 'popup', minutes: 10 }],
    ...(end < found.length
      ? { nextPageToken: writeCursor({ kind: 'page', value: end }) }
      : { nextSyncToken: writeCursor({ kind: 'sync', value: store.revision }) }),
    items: found.slice(asked.offset, end).map((event) => presentEvent(event, calendar, caller)),
  };
};
