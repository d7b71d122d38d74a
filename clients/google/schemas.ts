/** Google Calendar's answers, as far as Hermes reads them. Times become UTC `Date`s. */
import { z } from 'zod';

const text = z.string().nullish();
const instant = z.iso.datetime({ offset: true }).transform((value) => new Date(value));

const busyPeriod = z.object({ start: instant, end: instant });

export const freeBusySchema = z.object({
  calendars: z
    .record(
      z.string(),
      z.object({
        busy: z.array(busyPeriod).nullish(),
        errors: z.array(z.object({ reason: text })).nullish(),
      }),
    )
    .nullish(),
});

/** All-day events have a `date` and no `dateTime`. */
const eventTime = z.object({ dateTime: instant.nullish(), date: text, timeZone: text }).nullish();

export const eventSchema = z.object({
  id: z.string(),
  /** `cancelled` is what remains of a deleted event. */
  status: text,
  summary: text,
  htmlLink: text,
  hangoutLink: text,
  start: eventTime,
  end: eventTime,
  updated: instant.nullish(),
  attendees: z.array(z.object({ email: text, responseStatus: text })).nullish(),
  extendedProperties: z.object({ private: z.record(z.string(), z.string()).nullish() }).nullish(),
  conferenceData: z
    .object({
      createRequest: z.object({ status: z.object({ statusCode: text }).nullish() }).nullish(),
      entryPoints: z.array(z.object({ entryPointType: text, uri: text })).nullish(),
    })
    .nullish(),
});
export type CalendarEvent = z.infer<typeof eventSchema>;

export type EventPage = {
  items: CalendarEvent[];
  nextPageToken: string | null;
  /** On the last page only: what to ask with for later changes. */
  nextSyncToken: string | null;
};

export const eventPageSchema: z.ZodType<EventPage> = z
  .object({ items: z.array(eventSchema).nullish(), nextPageToken: text, nextSyncToken: text })
  .transform((answer) => ({
    items: answer.items ?? [],
    nextPageToken: answer.nextPageToken ?? null,
    nextSyncToken: answer.nextSyncToken ?? null,
  }));
