/**
 * POST freeBusy. A calendar's problem is no HTTP error: it is an entry with `errors` and nothing busy.
 * https://developers.google.com/workspace/calendar/api/v3/reference/freebusy/query
 */
import { DateTime, IANAZone } from 'luxon';
import { CalendarError, emptyRange, invalid, required } from './errors.ts';
import type { Calendar, CalendarStore, Period, StoredEvent } from './store.ts';
import { isRecord, parseMoment } from './values.ts';

const fields = new Set([
  'timeMin',
  'timeMax',
  'timeZone',
  'groupExpansionMax',
  'calendarExpansionMax',
  'items',
]);
const dayMs = 24 * 60 * 60 * 1_000;

const readMoment = (query: Record<string, unknown>, name: string): Date => {
  if (query[name] === undefined) throw required(`Missing ${name} parameter.`, name);
  const moment = parseMoment(query[name]);
  if (moment === undefined) throw invalid('Bad Request', name);
  return moment;
};

const readMax = (query: Record<string, unknown>, name: string, max: number): number => {
  const value = query[name] ?? max;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max) {
    throw invalid(`Invalid value for ${name}.`, name);
  }
  return value;
};

const readZone = (zone: unknown): string => {
  if (zone === undefined) return 'UTC';
  if (typeof zone !== 'string' || !(zone.toUpperCase() === 'UTC' || IANAZone.isValidZone(zone))) {
    throw invalid('Invalid time zone definition.', 'timeZone');
  }
  return zone;
};

const readItems = (items: unknown): string[] => {
  if (items === undefined) return [];
  if (!Array.isArray(items)) throw invalid('Invalid value for items.', 'items');
  return items.map((item: unknown) => {
    if (!isRecord(item) || typeof item['id'] !== 'string' || item['id'] === '') {
      throw required('Missing calendar id.', 'items');
    }
    return item['id'];
  });
};

const counts = (event: StoredEvent, { email }: Calendar): boolean => {
  if (event.status === 'cancelled' || event.fields['transparency'] === 'transparent') return false;
  // All-day events are free unless marked busy.
  if (event.start.date !== undefined && event.fields['transparency'] !== 'opaque') return false;
  const own = event.attendees.find((guest) => guest.email.toLowerCase() === email);
  return own?.responseStatus !== 'declined';
};

/** Sorted; overlapping and touching periods become one. */
const mergePeriods = (periods: readonly Period[]): Period[] => {
  const merged: Period[] = [];
  for (const { start, end } of [...periods].sort((a, b) => a.start.getTime() - b.start.getTime())) {
    const last = merged.at(-1);
    if (last === undefined || start > last.end) merged.push({ start, end });
    else if (end > last.end) last.end = end;
  }
  return merged;
};

/** What is busy in [from, to): a period that ends at `from` or starts at `to` is outside. */
const busyPeriods = (store: CalendarStore, calendar: Calendar, from: Date, to: Date): Period[] =>
  mergePeriods(
    [
      ...calendar.busy,
      ...store
        .eventsOf(calendar)
        .filter((event) => counts(event, calendar))
        .map(({ period }) => period),
    ].filter(({ start, end }) => start < to && end > from),
  );

const write = (moment: Date, zone: string): string =>
  (DateTime.fromJSDate(moment).setZone(zone).toISO({ suppressMilliseconds: true }) ?? '').replace(
    /\+00:00$/,
    'Z',
  );

/** Answers a query of the caller's; throws a `CalendarError` for a bad one. */
export const answerFreeBusy = (
  store: CalendarStore,
  body: unknown,
  caller: string | null,
  maxRangeDays: number,
): Record<string, unknown> => {
  if (!isRecord(body)) throw new CalendarError(400, 'parseError', 'Parse Error');
  const unknownField = Object.keys(body).find((name) => !fields.has(name));
  if (unknownField !== undefined) throw invalid(`Unknown name "${unknownField}".`, unknownField);
  const from = readMoment(body, 'timeMin');
  const to = readMoment(body, 'timeMax');
  if (to <= from) throw emptyRange();
  if (to.getTime() - from.getTime() > maxRangeDays * dayMs) {
    throw new CalendarError(400, 'timeRangeTooLong', 'The requested time range is too long.', {
      locationType: 'parameter',
      location: 'timeMax',
    });
  }
  const zone = readZone(body['timeZone']);
  readMax(body, 'groupExpansionMax', 100);
  const most = readMax(body, 'calendarExpansionMax', 50);

  const entryOf = (id: string, index: number): Record<string, unknown> => {
    const failed = (reason: string): Record<string, unknown> => ({
      errors: [{ domain: 'global', reason }],
      busy: [],
    });
    if (index >= most) return failed('tooManyCalendarsRequested');
    const email = id === 'primary' ? (caller ?? '') : id;
    const calendar = store.find(email);
    // A service account in its own name belongs to no workspace and sees nobody's calendar.
    if (calendar === undefined || caller === null) return failed('notFound');
    if (calendar.unreadable !== null) return failed(calendar.unreadable);
    return {
      busy: busyPeriods(store, calendar, from, to).map(({ start, end }) => ({
        start: write(start, zone),
        end: write(end, zone),
      })),
    };
  };
  return {
    kind: 'calendar#freeBusy',
    timeMin: from.toISOString(),
    timeMax: to.toISOString(),
    calendars: Object.fromEntries(readItems(body['items']).map((id, index) => [id, entryOf(id, index)])),
  };
};
