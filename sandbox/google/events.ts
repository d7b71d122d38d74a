/**
 * The events of a calendar: insert, get, patch, delete, list.
 * https://developers.google.com/workspace/calendar/api/v3/reference/events
 */
import { createHash, randomBytes } from 'node:crypto';
import { CalendarError, invalid, notFound, required } from './errors.ts';
import { periodOf, readEvent, type EventInput } from './eventInput.ts';
import { presentEvent } from './present.ts';
import type { Attendee, Calendar, CalendarStore, Conference, Notice, StoredEvent } from './store.ts';
import { parseMoment } from './values.ts';

export type ConferenceOutcome = Conference['status'];

/** One request, with what the routes know about it. */
export interface EventCall {
  store: CalendarStore;
  calendar: Calendar;
  /** The impersonated user; null for the service account in its own name. */
  caller: string | null;
  query: URLSearchParams;
  body: unknown;
  ifMatch: string;
  now: Date;
  conference: ConferenceOutcome;
}

type SendUpdates = 'all' | 'externalOnly' | 'none';

const commonParameters = ['alt', 'fields', 'key', 'prettyPrint', 'quotaUser', 'userIp'];

const checkParameters = (query: URLSearchParams, known: readonly string[]): void => {
  const strange = [...query.keys()].find((name) => !known.includes(name) && !commonParameters.includes(name));
  if (strange !== undefined) throw invalid(`Unknown parameter "${strange}".`, strange);
  if ((query.get('quotaUser') ?? '').length > 40) throw invalid('Invalid Value', 'quotaUser');
};

const readBoolean = (query: URLSearchParams, name: string): boolean => {
  const value = query.get(name);
  if (value === null || value === 'false') return false;
  if (value === 'true') return true;
  throw invalid('Invalid Value', name);
};

const readSendUpdates = (query: URLSearchParams): SendUpdates => {
  const value = query.get('sendUpdates');
  if (value === null) return readBoolean(query, 'sendNotifications') ? 'all' : 'none';
  if (value !== 'all' && value !== 'externalOnly' && value !== 'none')
    throw invalid('Invalid Value', 'sendUpdates');
  return value;
};

const readConferenceVersion = (query: URLSearchParams): 0 | 1 => {
  const value = query.get('conferenceDataVersion') ?? '0';
  if (value !== '0' && value !== '1') throw invalid('Invalid Value', 'conferenceDataVersion');
  return value === '1' ? 1 : 0;
};

/** Google writes to guests, never to the organizer; externalOnly leaves out who has a calendar here. */
const notify = (
  { store }: EventCall,
  event: StoredEvent,
  updates: SendUpdates,
  kind: (guest: Attendee) => Notice['kind'],
): void => {
  if (updates === 'none') return;
  for (const guest of event.attendees) {
    const email = guest.email.toLowerCase();
    if (email === event.calendar) continue;
    if (updates === 'externalOnly' && store.calendars.has(email)) continue;
    store.notices.push({ kind: kind(guest), eventId: event.id, to: guest.email });
  }
};

const mayWrite = ({ calendar, caller }: EventCall): void => {
  // A service account in its own name sees a calendar only when it was shared with it.
  if (caller === null) throw notFound();
  if (caller !== calendar.email) {
    throw new CalendarError(
      403,
      'requiredAccessLevel',
      'You need to have writer access to this calendar.',
      undefined,
      'calendar',
    );
  }
};

const refuseWithoutDelegation = ({ caller }: EventCall, input: EventInput): void => {
  if (caller !== null) return;
  if ((input.attendees ?? []).length > 0) {
    throw new CalendarError(
      403,
      'forbiddenForServiceAccounts',
      'Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.',
      undefined,
      'calendar',
    );
  }
  if (input.conferenceRequest !== undefined) throw invalid('Invalid conference type value.');
};

const onlyOwnResponses = (attendees: readonly Attendee[], caller: string | null): Attendee[] =>
  attendees.map((guest) =>
    guest.email.toLowerCase() === caller ? guest : { ...guest, responseStatus: 'needsAction' },
  );

const meetCode = (requestId: string): string => {
  const letters = createHash('sha256')
    .update(requestId)
    .digest('hex')
    .replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? 'g');
  return `${letters.slice(0, 3)}-${letters.slice(3, 7)}-${letters.slice(7, 10)}`;
};

/** A request id that this calendar has seen is ignored, as Google ignores a repeated one. */
const makeConference = (
  { calendar, conference }: EventCall,
  request: { requestId: string } | undefined,
): Conference | null => {
  if (request === undefined) return null;
  const isUsed = [...calendar.events.values()].some(
    (event) => event.conference?.requestId === request.requestId,
  );
  return isUsed
    ? null
    : { requestId: request.requestId, status: conference, id: meetCode(request.requestId) };
};

const newId = (): string => [...randomBytes(26)].map((byte) => (byte % 32).toString(32)).join('');

export const insertEvent = (call: EventCall): Record<string, unknown> => {
  const { store, calendar, query, now } = call;
  checkParameters(query, [
    'conferenceDataVersion',
    'eventLabelVersion',
    'maxAttendees',
    'sendNotifications',
    'sendUpdates',
    'supportsAttachments',
  ]);
  const updates = readSendUpdates(query);
  const input = readEvent(call.body, readConferenceVersion(query));
  refuseWithoutDelegation(call, input);
  mayWrite(call);
  if (input.start === undefined) throw required('Missing start time.');
  if (input.end === undefined) throw required('Missing end time.');
  const period = periodOf(input.start, input.end, calendar.timeZone);
  const id = input.id ?? newId();
  // Deleting does not free an id.
  if (calendar.events.has(id)) {
    throw new CalendarError(409, 'duplicate', 'The requested identifier already exists.');
  }
  const event: StoredEvent = {
    id,
    calendar: calendar.email,
    iCalUID: input.iCalUID ?? `${id}@google.com`,
    status: input.status ?? 'confirmed',
    start: input.start,
    end: input.end,
    period,
    attendees: onlyOwnResponses(input.attendees ?? [], call.caller),
    conference: makeConference(call, input.conferenceRequest),
    created: now,
    updated: now,
    sequence: 0,
    revision: store.nextRevision(),
    fields: input.fields,
  };
  calendar.events.set(id, event);
  notify(call, event, updates, () => 'invitation');
  return presentEvent(event, calendar, call.caller);
};

const find = ({ store, calendar, caller }: EventCall, id: string): StoredEvent => {
  const event = store.findEvent(calendar, id);
  if (event === undefined || caller !== calendar.email) throw notFound();
  return event;
};

/** Reading a deleted event works and says cancelled. A pending conference is there at the second look. */
export const getEvent = (call: EventCall, id: string): Record<string, unknown> => {
  checkParameters(call.query, ['maxAttendees', 'timeZone', 'alwaysIncludeEmail']);
  const event = find(call, id);
  const answer = presentEvent(event, call.calendar, call.caller);
  if (event.conference?.status === 'pending') event.conference.status = 'success';
  return answer;
};

const checkMatch = ({ ifMatch }: EventCall, event: StoredEvent): void => {
  if (ifMatch !== '' && ifMatch !== '*' && ifMatch !== `"${event.revision}"`) {
    throw new CalendarError(412, 'conditionNotMet', 'Precondition Failed', {
      locationType: 'header',
      location: 'If-Match',
    });
  }
};

const findOwn = (call: EventCall, id: string): StoredEvent => {
  const event = find(call, id);
  if (event.calendar !== call.calendar.email) {
    throw new CalendarError(
      403,
      'forbiddenForNonOrganizer',
      'Shared properties can only be changed by the organizer of the event.',
      undefined,
      'calendar',
    );
  }
  checkMatch(call, event);
  return event;
};

const cancel = (call: EventCall, event: StoredEvent, updates: SendUpdates): void => {
  event.status = 'cancelled';
  event.updated = call.now;
  event.revision = call.store.nextRevision();
  notify(call, event, updates, () => 'cancellation');
};

export const patchEvent = (call: EventCall, id: string): Record<string, unknown> => {
  const { store, calendar, query, now } = call;
  checkParameters(query, [
    'conferenceDataVersion',
    'eventLabelVersion',
    'maxAttendees',
    'sendNotifications',
    'sendUpdates',
    'supportsAttachments',
  ]);
  const updates = readSendUpdates(query);
  const input = readEvent(call.body, readConferenceVersion(query));
  const event = findOwn(call, id);
  if (event.status === 'cancelled') throw new CalendarError(403, 'forbidden', 'Forbidden');
  if (input.id !== undefined && input.id !== id) throw invalid('Invalid resource id value.', 'id');
  const start = input.start ?? event.start;
  const end = input.end ?? event.end;
  const period = periodOf(start, end, calendar.timeZone);
  if (input.status === 'cancelled') {
    cancel(call, event, updates);
    return presentEvent(event, calendar, call.caller);
  }
  const known = new Set(event.attendees.map(({ email }) => email.toLowerCase()));
  const moved =
    period.start.getTime() !== event.period.start.getTime() ||
    period.end.getTime() !== event.period.end.getTime();
  Object.assign(event, {
    start,
    end,
    period,
    status: input.status ?? event.status,
    // An array is replaced whole.
    attendees:
      input.attendees === undefined ? event.attendees : onlyOwnResponses(input.attendees, call.caller),
    conference: makeConference(call, input.conferenceRequest) ?? event.conference,
    fields: { ...event.fields, ...input.fields },
    sequence: moved ? event.sequence + 1 : event.sequence,
    updated: now,
    revision: store.nextRevision(),
  } satisfies Partial<StoredEvent>);
  notify(call, event, updates, ({ email }) => (known.has(email.toLowerCase()) ? 'update' : 'invitation'));
  return presentEvent(event, calendar, call.caller);
};

export const deleteEvent = (call: EventCall, id: string): void => {
  checkParameters(call.query, ['sendNotifications', 'sendUpdates']);
  const updates = readSendUpdates(call.query);
  const event = findOwn(call, id);
  if (event.status === 'cancelled') throw new CalendarError(410, 'deleted', 'Resource has been deleted');
  cancel(call, event, updates);
};

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

/** Pages, sync tokens and the filters; a sync shows deleted events too. */
export const listEvents = (call: EventCall): Record<string, unknown> => {
  const { store, calendar, query, caller } = call;
  checkParameters(query, [
    ...notWithSyncToken,
    'alwaysIncludeEmail',
    'maxAttendees',
    'maxResults',
    'pageToken',
    'showDeleted',
    'singleEvents',
    'syncToken',
    'timeZone',
  ]);
  if (caller !== calendar.email) throw notFound();
  const since = readSyncToken(call);
  const from = momentParameter(query, 'timeMin');
  const to = momentParameter(query, 'timeMax');
  const updatedMin = momentParameter(query, 'updatedMin');
  if (from !== undefined && to !== undefined && to <= from) {
    throw new CalendarError(
      400,
      'timeRangeEmpty',
      'The specified time range is empty.',
      {
        locationType: 'parameter',
        location: 'timeMax',
      },
      'calendar',
    );
  }
  const orderBy = query.get('orderBy');
  if (orderBy !== null && orderBy !== 'startTime' && orderBy !== 'updated')
    throw invalid('Invalid Value', 'orderBy');
  if (orderBy === 'startTime' && !readBoolean(query, 'singleEvents')) {
    throw invalid('The requested ordering is not available for the particular query.', 'orderBy');
  }
  const size = Number(query.get('maxResults') ?? '250');
  if (!Number.isInteger(size) || size < 1) throw invalid('Invalid Value', 'maxResults');
  const pageToken = query.get('pageToken');
  const offset = pageToken === null ? 0 : readCursor(pageToken, 'page');
  if (offset === undefined) throw invalid('Invalid Value', 'pageToken');

  // What changed since updatedMin is shown also when it was deleted.
  const showDeleted = readBoolean(query, 'showDeleted') || since !== undefined || updatedMin !== undefined;
  const properties = query.getAll('privateExtendedProperty');
  const found = store
    .eventsOf(calendar)
    .filter(
      (event) =>
        (showDeleted || event.status !== 'cancelled') &&
        (since === undefined || event.revision > since) &&
        (from === undefined || event.period.end > from) &&
        (to === undefined || event.period.start < to) &&
        (updatedMin === undefined || event.updated >= updatedMin) &&
        (!query.has('iCalUID') || event.iCalUID === query.get('iCalUID')) &&
        properties.every((constraint) => hasPrivateProperty(event, constraint)),
    )
    .sort((a, b) =>
      orderBy === 'startTime' ? a.period.start.getTime() - b.period.start.getTime() : a.revision - b.revision,
    );
  const end = offset + Math.min(size, 2_500);
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
    items: found.slice(offset, end).map((event) => presentEvent(event, calendar, caller)),
  };
};
