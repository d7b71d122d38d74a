/**
 * Notices calls that an admin moved or cancelled in the calendar itself.
 *
 * It polls, and looks at how things are rather than at what changed: it needs no public address for push channels, no channel that
 * expires unnoticed, no sync token that goes stale, and it heals whatever was missed while Hermes was down. One list per admin, only
 * for admins who have a call ahead.
 */
import type { Knex } from 'knex';
import type { GoogleClient } from '../../clients/google/client.ts';
import type { CalendarEvent } from '../../clients/google/schemas.ts';
import { databaseTime } from '../../db/clock.ts';
import type { MeetingRow } from '../../db/models/index.ts';
import { calendarDrift, type Drift, type HeldEvent } from '../../domain/callbooker/calendarDrift.ts';
import { callInTurn, dataOf, failureOf } from '../downstream/call.ts';
import { changeMeeting, eventIdOf } from '../hermes/bookings/meeting.ts';
import { forgetEvent } from '../hermes/bookings/leftovers.ts';
import { isSlotTaken } from '../hermes/bookings/rules.ts';
import { slotRange } from '../hermes/bookings/slotRange.ts';
import { meetingTerms } from '../hermes/bookings/meetingTerms.ts';
import { onBehalfOf, requireGoogle, type CalendarUser } from './admin.ts';
import { clearLeftovers } from './clearLeftovers.ts';
import { calendarSubject, type GoogleDependencies } from './deps.ts';

const dayMs = 86_400_000;
const pageSize = 250;

const callsAhead = (db: Knex, adminId: number): Promise<MeetingRow[]> =>
  db('meeting')
    .where({ admin_id: adminId, status: 'PLANNED' })
    .whereNotNull('calendar_synced_at')
    .where('start_time', '>', db.fn.now())
    .orderBy('start_time')
    .select('*');

interface Asking {
  deps: GoogleDependencies;
  google: GoogleClient;
  who: CalendarUser;
  adminId: number;
}

/** The events in the time of the calls, deleted ones included. */
const listEvents = async (
  { deps, google, who, adminId }: Asking,
  timeMin: Date,
  timeMax: Date,
): Promise<Map<string, CalendarEvent>> => {
  const found = new Map<string, CalendarEvent>();
  const { isFormer } = who;
  const subject = calendarSubject({ adminId, isFormer, companyId: null, entity: 'event', recordId: null });
  let pageToken: string | undefined;
  do {
    const token = pageToken;
    const page = dataOf(
      await callInTurn(deps.db, subject, (signal) =>
        google.listEvents(
          {
            ...who,
            timeMin,
            timeMax,
            showDeleted: true,
            singleEvents: true,
            maxResults: pageSize,
            pageToken: token,
          },
          { signal },
        ),
      ),
    );
    for (const event of page.items) found.set(event.id, event);
    pageToken = page.nextPageToken ?? undefined;
  } while (pageToken !== undefined);
  return found;
};

/** An event outside of the listed time: moved far away, or deleted long ago. @returns null for one that the calendar never had */
const readEvent = async (
  { deps, google, who, adminId }: Asking,
  meeting: MeetingRow,
  eventId: string,
): Promise<HeldEvent | null> => {
  const subject = calendarSubject({
    adminId,
    isFormer: who.isFormer,
    companyId: meeting.company_id,
    entity: 'event',
    recordId: meeting.id,
  });
  const result = await callInTurn(deps.db, subject, (signal) =>
    google.getEvent({ ...who, eventId }, { signal }),
  );
  if (result.ok) return result.data;
  if (result.failure.kind === 'gone') return result.failure.status === 410 ? { status: 'cancelled' } : null;
  throw failureOf(result.failure, result.apiCallId);
};

/**
 * Lets the records follow the calendar.
 *
 * @param askedAt what Hermes itself changed later is newer than the answer
 * @returns id of the company when Pipedrive must follow
 */
const follow = async (
  { db, environment, logger }: GoogleDependencies,
  meetingId: number,
  drift: Extract<Drift, { kind: 'moved' | 'cancelled' }>,
  askedAt: Date,
): Promise<number | null> => {
  const { bufferMins } = await meetingTerms(db, environment);
  const apply = (takesSlot: boolean) =>
    db.transaction(async (trx) => {
      const meeting = (await trx('meeting').where({ id: meetingId }).forUpdate().first('*')) as
        MeetingRow | undefined;
      if (meeting?.status !== 'PLANNED' || meeting.calendar_synced_at === null) return null;
      if (meeting.calendar_synced_at > askedAt) return null;
      const change =
        drift.kind === 'cancelled'
          ? ({ status: 'CANCELED' } as const)
          : { start_time: drift.start, end_time: drift.end };
      const slot =
        drift.kind === 'moved' && takesSlot ? slotRange(trx, drift.start, drift.end, bufferMins) : null;
      const follows = await changeMeeting(trx, meeting, change, slot, 'google');
      if (drift.kind === 'cancelled') await forgetEvent(trx, meetingId);
      return follows ? meeting.company_id : null;
    });
  logger.info({ meetingId, kind: drift.kind }, 'a call was changed in the calendar');
  try {
    return await apply(true);
  } catch (error) {
    if (!isSlotTaken(error)) throw error;
    // The admin's word counts: two calls at one time are theirs to sort out.
    logger.warn({ meetingId }, 'a call was moved onto another one in the calendar');
    return apply(false);
  }
};

/** @returns the companies whose activities in Pipedrive must follow */
const watchOne = async (asking: Asking, meetings: readonly MeetingRow[]): Promise<number[]> => {
  const { deps, adminId } = asking;
  const first = meetings.at(0)?.start_time;
  const last = meetings.at(-1)?.start_time;
  if (!first || !last) return [];
  const askedAt = await databaseTime(deps.db);
  const events = await listEvents(
    asking,
    new Date(first.getTime() - dayMs),
    new Date(last.getTime() + dayMs),
  );

  const companies: number[] = [];
  for (const meeting of meetings) {
    const eventId = eventIdOf(meeting);
    if (eventId === null) continue;
    const event = events.get(eventId) ?? (await readEvent(asking, meeting, eventId));
    const drift = calendarDrift(meeting, event);
    if (drift.kind === 'same') continue;
    if (drift.kind === 'missing') {
      deps.logger.warn(
        { meetingId: meeting.id, adminId },
        'the event of a call is not in the calendar of its admin; the call is left alone',
      );
      continue;
    }
    if (drift.kind === 'unclear') {
      deps.logger.warn(
        { meetingId: meeting.id },
        'the event of a call became one of all day; it is left alone',
      );
      continue;
    }
    const companyId = await follow(deps, meeting.id, drift, askedAt);
    if (companyId !== null) companies.push(companyId);
  }
  return companies;
};

/** Calls by the calendar in which their events stand, today's first: a former one may not be readable any more. */
const byCalendar = (meetings: readonly MeetingRow[], today: string): MeetingRow[][] => {
  const groups = new Map<string, MeetingRow[]>([[today.toLowerCase(), []]]);
  for (const meeting of meetings) {
    const key = (meeting.calendar_id ?? today).toLowerCase();
    groups.set(key, [...(groups.get(key) ?? []), meeting]);
  }
  return [...groups.values()];
};

/** @returns the companies whose activities in Pipedrive must follow */
export const watchCalendar =
  (deps: GoogleDependencies) =>
  async ({ adminId }: { adminId: number }): Promise<number[]> => {
    const { db } = deps;
    const google = requireGoogle(deps);
    const companies = new Set<number>();
    const { subject: today } = await onBehalfOf(db, adminId);
    for (const meetings of byCalendar(await callsAhead(db, adminId), today)) {
      const who = await onBehalfOf(db, adminId, meetings[0]?.calendar_id);
      for (const id of await watchOne({ deps, google, who, adminId }, meetings)) companies.add(id);
    }
    await clearLeftovers(deps, google, adminId);
    return [...companies];
  };
