/**
 * An event as the API answers it to one caller.
 */
import { DateTime } from 'luxon';
import type { Calendar, Conference, EventTime, StoredEvent } from './store.ts';

const writeTime = ({ date, dateTime, timeZone }: EventTime, moment: Date, calendar: Calendar): EventTime => {
  if (date !== undefined) return { date };
  // Google answers in the calendar's zone, whatever offset was sent.
  const zone = calendar.timeZone;
  const text =
    DateTime.fromJSDate(moment).setZone(zone).toISO({ suppressMilliseconds: true }) ?? dateTime ?? '';
  return { dateTime: text.replace(/\+00:00$/, 'Z'), timeZone: timeZone ?? zone };
};

const writeConference = ({ requestId, status, id }: Conference): Record<string, unknown> => ({
  createRequest: {
    requestId,
    conferenceSolutionKey: { type: 'hangoutsMeet' },
    status: { statusCode: status },
  },
  ...(status === 'success'
    ? {
        entryPoints: [
          {
            entryPointType: 'video',
            uri: `https://meet.google.com/${id}`,
            label: `meet.google.com/${id}`,
          },
        ],
        conferenceSolution: { key: { type: 'hangoutsMeet' }, name: 'Google Meet' },
        conferenceId: id,
      }
    : {}),
});

/** `calendar` is the one it was asked on; `caller` the impersonated user. */
export const presentEvent = (
  event: StoredEvent,
  calendar: Calendar,
  caller: string | null,
): Record<string, unknown> => {
  const isSelf = (email: string): { self?: true } =>
    email.toLowerCase() === (caller ?? calendar.email) ? { self: true } : {};
  const organizer = { email: event.calendar, ...isSelf(event.calendar) };
  return {
    kind: 'calendar#event',
    etag: `"${event.revision}"`,
    id: event.id,
    status: event.status,
    htmlLink: `https://www.google.com/calendar/event?eid=${Buffer.from(`${event.id} ${event.calendar}`).toString('base64url')}`,
    created: event.created.toISOString(),
    updated: event.updated.toISOString(),
    ...event.fields,
    creator: organizer,
    organizer,
    start: writeTime(event.start, event.period.start, calendar),
    end: writeTime(event.end, event.period.end, calendar),
    iCalUID: event.iCalUID,
    sequence: event.sequence,
    ...(event.attendees.length === 0
      ? {}
      : {
          attendees: event.attendees.map((guest) => ({
            ...guest,
            ...(guest.email.toLowerCase() === event.calendar ? { organizer: true } : {}),
            ...isSelf(guest.email),
          })),
        }),
    ...(event.conference?.status === 'success'
      ? { hangoutLink: `https://meet.google.com/${event.conference.id}` }
      : {}),
    ...(event.conference === null ? {} : { conferenceData: writeConference(event.conference) }),
    reminders: event.fields['reminders'] ?? { useDefault: true },
    eventType: event.fields['eventType'] ?? 'default',
  };
};
