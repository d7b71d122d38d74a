/**
 * What an insert or a patch of an event may hold.
 * https://developers.google.com/workspace/calendar/api/v3/reference/events/insert
 */
import { DateTime, IANAZone } from 'luxon';
import { CalendarError, emptyRange, invalid, required } from './errors.ts';
import type { Attendee, EventTime, Period } from './store.ts';
import { isRecord, parseMoment } from './values.ts';

const keptFields = new Set([
  'summary',
  'description',
  'location',
  'reminders',
  'extendedProperties',
  'transparency',
  'visibility',
  'colorId',
  'guestsCanInviteOthers',
  'guestsCanModify',
  'guestsCanSeeOtherGuests',
  'anyoneCanAddSelf',
  'source',
  'eventType',
]);
const readFields = new Set([
  'id',
  'iCalUID',
  'status',
  'start',
  'end',
  'attendees',
  'conferenceData',
  'sequence',
]);

/** Lower-case base32hex, 5 to 1024 characters. */
const eventId = /^[a-v0-9]{5,1024}$/;

const responses = ['needsAction', 'declined', 'tentative', 'accepted'] as const;
const statuses = ['confirmed', 'tentative', 'cancelled'] as const;

export interface EventInput {
  id?: string;
  iCalUID?: string;
  status?: (typeof statuses)[number];
  start?: EventTime;
  end?: EventTime;
  attendees?: Attendee[];
  /** A request for a Meet room. */
  conferenceRequest?: { requestId: string };
  fields: Record<string, unknown>;
}

const readString = (value: unknown, name: string): string => {
  if (typeof value !== 'string') throw invalid('Invalid Value', name);
  return value;
};

const dateOnly = /^\d{4}-\d{2}-\d{2}$/;
const localTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?$/;

const readTime = (value: unknown, side: 'start' | 'end'): EventTime => {
  if (!isRecord(value)) throw required(`Missing ${side} time.`);
  const strange = Object.keys(value).find((name) => !['dateTime', 'date', 'timeZone'].includes(name));
  if (strange !== undefined) throw invalid(`Unknown name "${strange}" at '${side}'.`, side);
  const { dateTime, date, timeZone } = value;
  const isZone = typeof timeZone === 'string' && (timeZone === 'UTC' || IANAZone.isValidZone(timeZone));
  if (timeZone !== undefined && !isZone)
    throw invalid(`Invalid time zone definition for ${side} time.`, side);
  const zone = isZone ? { timeZone } : {};
  if (date !== undefined && dateTime !== undefined) throw invalid('Invalid start or end time.', side);
  if (date !== undefined) {
    if (typeof date !== 'string' || !dateOnly.test(date)) throw invalid('Invalid Value', side);
    return { date, ...zone };
  }
  if (typeof dateTime !== 'string') throw required(`Missing ${side} time.`);
  if (parseMoment(dateTime) !== undefined) return { dateTime, ...zone };
  if (!localTime.test(dateTime)) throw invalid('Bad Request', side);
  if (!isZone) throw required(`Missing time zone definition for ${side} time.`);
  return { dateTime, timeZone };
};

const momentOf = ({ date, dateTime, timeZone }: EventTime, calendarZone: string): Date => {
  if (date !== undefined) return DateTime.fromISO(date, { zone: timeZone ?? calendarZone }).toJSDate();
  // An offset wins over the zone.
  return DateTime.fromISO(dateTime ?? '', { zone: timeZone ?? 'UTC' }).toJSDate();
};

/** The event's time; throws when it is empty or half a day, half a time. */
export const periodOf = (start: EventTime, end: EventTime, calendarZone: string): Period => {
  if ((start.date === undefined) !== (end.date === undefined)) {
    throw invalid('Start and end times must either both be date or both be dateTime.');
  }
  const period = { start: momentOf(start, calendarZone), end: momentOf(end, calendarZone) };
  if (Number.isNaN(period.start.getTime()) || Number.isNaN(period.end.getTime()))
    throw invalid('Bad Request');
  if (period.end <= period.start) throw emptyRange('end');
  return period;
};

const readAttendees = (value: unknown): Attendee[] => {
  if (!Array.isArray(value)) throw invalid('Invalid Value', 'attendees');
  const guests = value.map((guest: unknown): Attendee => {
    if (!isRecord(guest)) throw invalid('Invalid Value', 'attendees');
    const { email, responseStatus = 'needsAction', displayName, optional, comment, additionalGuests } = guest;
    if (email === undefined || email === null || email === '') throw required('Missing attendee email.');
    if (typeof email !== 'string' || !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) {
      throw invalid('Invalid attendee email.');
    }
    const response = responses.find((known) => known === responseStatus);
    if (response === undefined) throw invalid('Invalid Value', 'attendees.responseStatus');
    return {
      email,
      responseStatus: response,
      ...(typeof displayName === 'string' ? { displayName } : {}),
      ...(typeof optional === 'boolean' ? { optional } : {}),
      ...(typeof comment === 'string' ? { comment } : {}),
      ...(typeof additionalGuests === 'number' ? { additionalGuests } : {}),
    };
  });
  const byEmail = new Map(guests.map((guest) => [guest.email.toLowerCase(), guest]));
  return [...byEmail.values()];
};

/** Undefined when there is nothing to request; the answer's own conferenceData may come back in a patch. */
const readConference = (value: unknown): { requestId: string } | undefined => {
  if (value === null) return undefined;
  if (!isRecord(value)) throw invalid('Invalid Value', 'conferenceData');
  const request = value['createRequest'];
  if (request === undefined) return undefined;
  if (!isRecord(request) || typeof request['requestId'] !== 'string' || request['requestId'] === '') {
    throw required('Missing conference request id.');
  }
  const key = request['conferenceSolutionKey'];
  if (key !== undefined && !(isRecord(key) && key['type'] === 'hangoutsMeet')) {
    throw invalid('Invalid conference type value.');
  }
  return { requestId: request['requestId'] };
};

const checkPrivateProperties = (value: unknown): void => {
  if (!isRecord(value)) throw invalid('Invalid Value', 'extendedProperties');
  for (const [scope, properties] of Object.entries(value)) {
    if (scope !== 'private' && scope !== 'shared')
      throw invalid(`Unknown name "${scope}".`, 'extendedProperties');
    if (!isRecord(properties) || Object.values(properties).some((text) => typeof text !== 'string')) {
      throw invalid('Invalid Value', 'extendedProperties');
    }
  }
};

/** Parses a body; throws a `CalendarError`. Conference data count only with conferenceDataVersion 1. */
export const readEvent = (body: unknown, conferenceDataVersion: 0 | 1): EventInput => {
  if (!isRecord(body)) throw new CalendarError(400, 'parseError', 'Parse Error');
  const strange = Object.keys(body).find((name) => !keptFields.has(name) && !readFields.has(name));
  if (strange !== undefined) throw invalid(`Unknown name "${strange}".`, strange);
  const input: EventInput = { fields: {} };
  for (const [name, value] of Object.entries(body)) {
    if (!keptFields.has(name)) continue;
    if (['summary', 'description', 'location'].includes(name) && value !== null) readString(value, name);
    if (name === 'extendedProperties') checkPrivateProperties(value);
    if (name === 'transparency' && value !== 'opaque' && value !== 'transparent') {
      throw invalid('Invalid Value', name);
    }
    input.fields[name] = value;
  }
  const { id, iCalUID, status, start, end, attendees, conferenceData } = body;
  if (id !== undefined) {
    if (typeof id !== 'string' || !eventId.test(id)) throw invalid('Invalid resource id value.', 'id');
    if (iCalUID !== undefined) throw invalid('Invalid Value: id and iCalUID exclude each other.', 'iCalUID');
    input.id = id;
  }
  if (iCalUID !== undefined) input.iCalUID = readString(iCalUID, 'iCalUID');
  if (status !== undefined) {
    const known = statuses.find((one) => one === status);
    if (known === undefined) throw invalid('Invalid Value', 'status');
    input.status = known;
  }
  if (start !== undefined) input.start = readTime(start, 'start');
  if (end !== undefined) input.end = readTime(end, 'end');
  if (attendees !== undefined) input.attendees = readAttendees(attendees);
  if (conferenceData !== undefined && conferenceDataVersion === 1) {
    const request = readConference(conferenceData);
    if (request !== undefined) input.conferenceRequest = request;
  }
  return input;
};
