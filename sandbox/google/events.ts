/**
 * The events of a calendar: insert, get, patch, delete.
 * https://developers.google.com/workspace/calendar/api/v3/reference/events
 */
import { createHash, randomBytes } from 'node:crypto';
import { CalendarError, invalid, notFound, required } from './errors.ts';
import { checkParameters, readBoolean, type EventCall } from './eventCall.ts';
import { periodOf, readEvent, type EventInput } from './eventInput.ts';
import { presentEvent } from './present.ts';
import type { Attendee, Conference, Notice, StoredEvent } from './store.ts';

/** Parameters of an insert and a patch. */
const writeParameters = [
  'conferenceDataVersion',
  'eventLabelVersion',
  'maxAttendees',
  'sendNotifications',
  'sendUpdates',
  'supportsAttachments',
];

type SendUpdates = 'all' | 'externalOnly' | 'none';

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
  checkParameters(query, writeParameters);
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
  checkParameters(query, writeParameters);
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
