/** Asks Google for an admin's calendar as a booking would, and says what comes of it. Writes nothing. */
import { DateTime } from 'luxon';
import { calendarClient } from '../../activities/google/calendar.ts';
import { meetingTerms, zoneOf } from '../../activities/hermes/bookings/meetingTerms.ts';
import type { Database } from '../../db/connection.ts';
import { freeSlots } from '../../domain/availability/slots.ts';
import type { Period } from '../../domain/availability/touching.ts';
import type { Environment } from '../../environment/environment.ts';
import { takenSlots } from '../callbooker/takenSlots.ts';

export type CalendarTest =
  | {
      kind: 'good';
      busy: Period[];
      /** Days that have free slots, with their starts on the admin's clock. */
      slots: { day: string; times: string[] }[];
    }
  | { kind: 'bad'; fault: string; advice: string };

const days = 7;

const byDay = (slots: readonly Period[], zone: string): { day: string; times: string[] }[] => {
  const grouped = new Map<string, string[]>();
  for (const { start } of slots) {
    const local = DateTime.fromJSDate(start, { zone });
    const day = local.toFormat('cccc d LLLL');
    grouped.set(day, [...(grouped.get(day) ?? []), local.toFormat('HH:mm')]);
  }
  return [...grouped].map(([day, times]) => ({ day, times }));
};

/** One call to Google. */
export const testCalendar = async (
  db: Database,
  environment: Environment,
  admin: { id: number; username: string; timezone: string },
): Promise<CalendarTest> => {
  const google = calendarClient(environment);
  if (google === null) {
    return {
      kind: 'bad',
      fault: 'No Google service account is configured: no call can be offered or booked.',
      advice: 'Set G_CLIENT_EMAIL and G_PRIVATE_KEY, and restart Hermes.',
    };
  }
  const from = new Date();
  const to = DateTime.fromJSDate(from).plus({ days }).toJSDate();
  const grant = `In Google's admin console grant the service account ${environment.G_CLIENT_EMAIL ?? ''} the scope ${environment.G_CALENDAR_SCOPE} for the domain (Security, API controls, Domain-wide delegation), and see that ${admin.username} is a user with Calendar.`;
  const answer = await google.freeBusy({
    subject: admin.username,
    emails: [admin.username],
    timeMin: from,
    timeMax: to,
  });
  if (!answer.ok) {
    const { kind, summary } = answer.failure;
    return {
      kind: 'bad',
      fault: `Google does not answer for this calendar (${summary}).`,
      advice: kind === 'transient' || kind === 'throttled' ? 'Try again in a minute.' : grant,
    };
  }
  const calendar = answer.data.get(admin.username);
  if (calendar?.kind !== 'read') {
    const errors = calendar?.errors.join(', ') ?? 'missing';
    return { kind: 'bad', fault: `Google does not show this calendar (${errors}).`, advice: grant };
  }
  const zone = zoneOf(admin, environment);
  const slots = freeSlots({
    ...(await meetingTerms(db, environment)),
    timezone: zone,
    from,
    to,
    busy: calendar.busy,
    taken: await takenSlots(db, admin.id, from, to),
  });
  return { kind: 'good', busy: calendar.busy, slots: byDay(slots, zone) };
};
