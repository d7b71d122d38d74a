/**
 * Google Calendar, the calls that Hermes makes, each in the name of one user of the workspace.
 *
 * One method is one request, with two exceptions that belong to authentication: a token is fetched when none is at hand,
 * and a call that answers 401 is sent once more with a new token. Nothing else is retried here.
 * https://developers.google.com/workspace/calendar/api/v3/reference
 */
import { z } from 'zod';
import { performCall } from '../call.ts';
import type { Call, Peer } from '../call.ts';
import type { CallOptions, CallResult } from '../failure.ts';
import type { InventId } from '../hold.ts';
import { judgeCalendar } from './failures.ts';
import { eventPageSchema, eventSchema, freeBusySchema } from './schemas.ts';
import type { CalendarEvent, EventPage } from './schemas.ts';
import { createTokenSource } from './tokens.ts';

export type GoogleClientOptions = {
  tokenUri: string;
  /** Such as `https://www.googleapis.com/calendar/v3`. */
  calendarBaseUrl: string;
  /** The service account's. */
  clientEmail: string;
  /** PEM, with real line breaks. */
  privateKey: string;
  privateKeyId?: string | undefined;
  /** Must be granted to the service account letter for letter. */
  scope: string;
  /** Per request; 10 s unless told. */
  timeoutMs?: number | undefined;
  now?: (() => Date) | undefined;
  /** Shadow mode: gives ids for what is not made. */
  shadow?: InventId | undefined;
};

/** In whose name a call is made, and on whose account it is counted. */
export type OnBehalfOf = {
  /** The e-mail of the impersonated user. */
  subject: string;
  /** The user's share of the quota, under 40 characters: our id of the admin. Without it all share the service account's. */
  quotaUser?: string | undefined;
};

/** Whose calendar; the subject's own unless told. */
export type OnCalendar = OnBehalfOf & { calendarId?: string | undefined };

/** A calendar that could not be read is not free: nobody knows. */
export type CalendarBusy =
  { kind: 'read'; busy: { start: Date; end: Date }[] } | { kind: 'unreadable'; errors: string[] };

export type NewEvent = {
  /** Ours, so that a repeated insert is recognised: 5 to 1024 of a-v and 0-9, never used before on this calendar. */
  id: string;
  summary: string;
  /** HTML: what visitors typed must be escaped. */
  description?: string;
  /** RFC 3339, with an offset or beside a time zone. */
  start: { dateTime: string; timeZone?: string };
  end: { dateTime: string; timeZone?: string };
  attendees?: readonly { email: string; responseStatus?: 'accepted' | 'needsAction' }[];
  reminders?: { useDefault: boolean };
  extendedProperties?: { private: Readonly<Record<string, string>> };
  conferenceData?: {
    createRequest: { requestId: string; conferenceSolutionKey: { type: 'hangoutsMeet' } };
  };
};

export type EventChange = Partial<Omit<NewEvent, 'id'>> & { status?: 'confirmed' | 'cancelled' };

/** `idTaken`: an event of this id exists, also when it was deleted since. Read it to see whether it is this one. */
export type InsertedEvent = { kind: 'inserted'; event: CalendarEvent } | { kind: 'idTaken' };

export type EventListParams = OnCalendar & {
  timeMin?: Date | undefined;
  timeMax?: Date | undefined;
  updatedMin?: Date | undefined;
  /** From an earlier list; cannot be combined with times. A stale one answers `gone` (410): list anew. */
  syncToken?: string | undefined;
  pageToken?: string | undefined;
  showDeleted?: boolean | undefined;
  singleEvents?: boolean | undefined;
  /** `name=value`. */
  privateExtendedProperty?: string | undefined;
  /** At most 2,500. */
  maxResults?: number | undefined;
};

export type GoogleClient = {
  /**
   * When the calendars are busy, by the e-mails as they were given; every one of them has an entry.
   *
   * Periods include their start and exclude their end, so a period that ends at `timeMin` is not told.
   */
  freeBusy: (
    query: OnBehalfOf & { emails: readonly string[]; timeMin: Date; timeMax: Date },
    options?: CallOptions,
  ) => Promise<CallResult<Map<string, CalendarBusy>>>;
  /** Inserts, invites the guests, and has a Meet room made when the event asks for one. */
  insertEvent: (
    insert: OnCalendar & { event: NewEvent },
    options?: CallOptions,
  ) => Promise<CallResult<InsertedEvent>>;
  getEvent: (
    query: OnCalendar & { eventId: string },
    options?: CallOptions,
  ) => Promise<CallResult<CalendarEvent>>;
  patchEvent: (
    patch: OnCalendar & { eventId: string; change: EventChange },
    options?: CallOptions,
  ) => Promise<CallResult<CalendarEvent>>;
  /** Deletes and tells the guests. An event that was deleted before is a success. */
  deleteEvent: (query: OnCalendar & { eventId: string }, options?: CallOptions) => Promise<CallResult<void>>;
  listEvents: (params: EventListParams, options?: CallOptions) => Promise<CallResult<EventPage>>;
};

const nothing: z.ZodType<void> = z.unknown().transform(() => undefined);

/** Both are Google's maxima; all admins fit into one query. */
const expansionMax = { groupExpansionMax: 100, calendarExpansionMax: 50 };

const busyOf = (
  calendars: z.infer<typeof freeBusySchema>['calendars'],
  emails: readonly string[],
): Map<string, CalendarBusy> => {
  const byEmail = new Map(Object.entries(calendars ?? {}).map(([id, entry]) => [id.toLowerCase(), entry]));
  return new Map(
    emails.map((email): [string, CalendarBusy] => {
      const entry = byEmail.get(email.toLowerCase());
      if (entry === undefined) return [email, { kind: 'unreadable', errors: ['missing'] }];
      const errors = entry.errors ?? [];
      if (errors.length > 0) {
        return [email, { kind: 'unreadable', errors: errors.map((error) => error.reason ?? 'unknown') }];
      }
      return [email, { kind: 'read', busy: entry.busy ?? [] }];
    }),
  );
};

/** Gives the client. No token is fetched and no connection made before the first call. */
export const createGoogleClient = (options: GoogleClientOptions): GoogleClient => {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const tokens = createTokenSource({
    tokenUri: options.tokenUri,
    clientEmail: options.clientEmail,
    privateKey: options.privateKey,
    privateKeyId: options.privateKeyId,
    scope: options.scope,
    timeoutMs,
    now: options.now ?? (() => new Date()),
  });
  const peer: Peer = {
    name: 'Google',
    baseUrl: options.calendarBaseUrl,
    headers: {},
    timeoutMs,
    shadow: options.shadow,
    judge: judgeCalendar,
  };

  const sendAs = async <T>(who: OnBehalfOf, call: Call<T>): Promise<CallResult<T>> => {
    const send = (token: string) =>
      performCall(peer, {
        ...call,
        query: { ...call.query, quotaUser: who.quotaUser },
        headers: { authorization: `Bearer ${token}` },
      });
    const token = await tokens.tokenFor(who.subject, { signal: call.signal });
    if (!token.ok) return token;
    const result = await send(token.data);
    if (result.ok || result.failure.status !== 401) return result;
    // The token was revoked before its time. With a new one that is refused too, it is not the token.
    tokens.drop(who.subject, token.data);
    const renewed = await tokens.tokenFor(who.subject, { signal: call.signal });
    return renewed.ok ? send(renewed.data) : renewed;
  };

  const calendarOf = (target: OnCalendar) => target.calendarId ?? target.subject;

  return {
    freeBusy: async (query, callOptions) => {
      const result = await sendAs(query, {
        method: 'POST',
        endpoint: '/freeBusy',
        effect: 'none',
        schema: freeBusySchema,
        body: {
          json: {
            timeMin: query.timeMin.toISOString(),
            timeMax: query.timeMax.toISOString(),
            timeZone: 'UTC',
            ...expansionMax,
            items: query.emails.map((id) => ({ id })),
          },
        },
        signal: callOptions?.signal,
      });
      return result.ok ? { ...result, data: busyOf(result.data.calendars, query.emails) } : result;
    },
    insertEvent: async (insert, callOptions) => {
      const result = await sendAs(insert, {
        method: 'POST',
        endpoint: '/calendars/:calendarId/events',
        // Under an id of ours: a second insert answers 409 instead of making a second event.
        effect: 'repeatable',
        schema: eventSchema,
        params: { calendarId: calendarOf(insert) },
        // Without the version Google ignores conferenceData and says nothing.
        query: { conferenceDataVersion: 1, sendUpdates: 'all' },
        body: { json: insert.event },
        signal: callOptions?.signal,
      });
      if (result.ok) return { ...result, data: { kind: 'inserted', event: result.data } };
      return result.failure.status === 409
        ? { ok: true, data: { kind: 'idTaken' }, meta: result.meta }
        : result;
    },
    getEvent: (query, callOptions) =>
      sendAs(query, {
        method: 'GET',
        endpoint: '/calendars/:calendarId/events/:eventId',
        effect: 'none',
        schema: eventSchema,
        params: { calendarId: calendarOf(query), eventId: query.eventId },
        signal: callOptions?.signal,
      }),
    patchEvent: (patch, callOptions) =>
      sendAs(patch, {
        method: 'PATCH',
        endpoint: '/calendars/:calendarId/events/:eventId',
        effect: 'repeatable',
        schema: eventSchema,
        params: { calendarId: calendarOf(patch), eventId: patch.eventId },
        query: { conferenceDataVersion: 1, sendUpdates: 'all' },
        body: { json: patch.change },
        signal: callOptions?.signal,
      }),
    deleteEvent: async (query, callOptions) => {
      const result = await sendAs(query, {
        method: 'DELETE',
        endpoint: '/calendars/:calendarId/events/:eventId',
        effect: 'repeatable',
        schema: nothing,
        params: { calendarId: calendarOf(query), eventId: query.eventId },
        query: { sendUpdates: 'all' },
        signal: callOptions?.signal,
      });
      const before = !result.ok && result.failure.status === 410;
      return before ? { ok: true, data: undefined, meta: result.meta } : result;
    },
    listEvents: (params, callOptions) =>
      sendAs(params, {
        method: 'GET',
        endpoint: '/calendars/:calendarId/events',
        effect: 'none',
        schema: eventPageSchema,
        params: { calendarId: calendarOf(params) },
        query: {
          timeMin: params.timeMin?.toISOString(),
          timeMax: params.timeMax?.toISOString(),
          updatedMin: params.updatedMin?.toISOString(),
          syncToken: params.syncToken,
          pageToken: params.pageToken,
          showDeleted: params.showDeleted,
          singleEvents: params.singleEvents,
          privateExtendedProperty: params.privateExtendedProperty,
          maxResults: params.maxResults,
        },
        signal: callOptions?.signal,
      }),
  };
};
