/** Puts a booked call into the admin's calendar and invites the visitor. */
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Knex } from 'knex';
import type { CalendarEvent } from '../../clients/google/schemas.ts';
import type { InsertedEvent, NewEvent, OnBehalfOf } from '../../clients/google/client.ts';
import { calendarEventId, guestsOf, invitationText } from '../../domain/callbooker/calendarEvent.ts';
import { meetingLinkUrl } from '../../domain/callbooker/meetingLink.ts';
import { meetingName } from '../../domain/meeting/name.ts';
import type { Environment } from '../../environment/environment.ts';
import type { EventRequest } from '../../workflows/bookingSteps.ts';
import { callInTurn, dataOf, type FailureType, type LoggedResult } from '../downstream/call.ts';
import { cligencyUrl } from '../hermes/newDeal.ts';
import { bookingState } from '../hermes/bookings/row.ts';
import { onBehalfOf, requireGoogle } from './admin.ts';
import { calendarSubject, type GoogleDependencies } from './deps.ts';
import { expired } from './expired.ts';

interface MeetingFacts {
  id: number;
  uuid: string;
  calendar_id: string | null;
  calendar_revision: number;
  meeting_type: 'sales' | 'support';
  start_time: Date;
  end_time: Date;
  admin_id: number;
  company_id: number;
  admin_first_name: string;
  admin_last_name: string;
  first_name: string | null;
  email: string | null;
  phone: string | null;
  name: string;
  estimated_income: string | null;
  country: string | null;
  pd_org_id: number | null;
  tc2_cligency_id: number | null;
}

const loadMeeting = async (db: Knex, meetingId: number): Promise<MeetingFacts> => {
  const row = await db('meeting as m')
    .join('admin as a', 'a.id', 'm.admin_id')
    .join('contact as p', 'p.id', 'm.contact_id')
    .join('company as c', 'c.id', 'm.company_id')
    .where('m.id', meetingId)
    .first<MeetingFacts | undefined>(
      'm.id',
      'm.uuid',
      'm.calendar_id',
      'm.calendar_revision',
      'm.meeting_type',
      'm.start_time',
      'm.end_time',
      'm.admin_id',
      'm.company_id',
      'a.first_name as admin_first_name',
      'a.last_name as admin_last_name',
      'p.first_name',
      'p.email',
      'p.phone',
      'c.name',
      'c.estimated_income',
      'c.country',
      'c.pd_org_id',
      'c.tc2_cligency_id',
    );
  if (row !== undefined) return row;
  throw ApplicationFailure.nonRetryable(`meeting ${meetingId} or what it hangs on is gone`, 'Gone');
};

const utc = (date: Date): { dateTime: string; timeZone: string } => ({
  dateTime: date.toISOString(),
  timeZone: 'UTC',
});

const eventOf = (meeting: MeetingFacts, who: OnBehalfOf, environment: Environment): NewEvent => {
  const { SIGNING_KEY: key, BASE_URL, PD_BASE_URL, TC2_BASE_URL } = environment;
  const id = calendarEventId(meeting.uuid, meeting.calendar_revision);
  return {
    id,
    summary: meetingName(meeting.meeting_type, {
      first_name: meeting.admin_first_name,
      last_name: meeting.admin_last_name,
    }),
    description: invitationText({
      type: meeting.meeting_type,
      contact: meeting,
      company: meeting,
      pipedriveUrl: meeting.pd_org_id === null ? null : `${PD_BASE_URL}/organization/${meeting.pd_org_id}/`,
      tc2Url: cligencyUrl(TC2_BASE_URL, meeting.tc2_cligency_id),
      changeUrl: key === undefined ? null : meetingLinkUrl(BASE_URL, key, meeting.uuid),
    }),
    start: utc(meeting.start_time),
    end: utc(meeting.end_time),
    attendees: guestsOf(who.subject, meeting.email),
    reminders: { useDefault: true },
    extendedProperties: {
      private: { hermesMeetingId: String(meeting.id), hermesMeetingUuid: meeting.uuid },
    },
    conferenceData: {
      createRequest: { requestId: `hermes-${id}`, conferenceSolutionKey: { type: 'hangoutsMeet' } },
    },
  };
};

const isOurs = (event: CalendarEvent, meeting: MeetingFacts): boolean =>
  event.status !== 'cancelled' && event.extendedProperties?.private?.['hermesMeetingUuid'] === meeting.uuid;

/**
 * A refusal says nothing of an earlier try whose answer was lost: its event may stand.
 *
 * @throws the failure of an insert
 */
const insertedOrThrow = (result: LoggedResult<InsertedEvent>): InsertedEvent => {
  const isRepeated = Context.current().info.attempt > 1;
  if (result.ok || result.failure.kind !== 'refused' || !isRepeated) return dataOf(result);
  const unknown: FailureType = 'UnknownResult';
  throw ApplicationFailure.nonRetryable(result.failure.summary, unknown);
};

/**
 * Inserts the event of a meeting. An id that is taken means that an earlier answer was lost: then the event is there already.
 *
 * @returns the event's id
 * @throws ApplicationFailure `Expired` when the visitor cannot be told yes any more, and nothing was sent; `Transient` when only the
 *   calendar's failures took that long; `Refused` when no event can stand, `UnknownResult` when one may
 */
export const insertCalendarEvent =
  (deps: GoogleDependencies) =>
  async ({ webhookId, meetingId }: EventRequest): Promise<string> => {
    const { db, environment, logger } = deps;
    const google = requireGoogle(deps);
    const meeting = await loadMeeting(db, meetingId);
    const who = await onBehalfOf(db, meeting.admin_id, meeting.calendar_id);
    const event = eventOf(meeting, who, environment);
    const subject = calendarSubject({
      adminId: meeting.admin_id,
      isFormer: who.isFormer,
      companyId: meeting.company_id,
      entity: 'event',
      recordId: meetingId,
      body: event,
    });

    if ((await db.transaction((trx) => bookingState(trx, webhookId))) !== 'open') throw expired();
    const inserted = insertedOrThrow(
      await callInTurn(db, subject, (signal) => google.insertEvent({ ...who, event }, { signal })),
    );
    if (inserted.kind === 'inserted') return event.id;

    const existing = dataOf(
      await callInTurn(db, subject, (signal) => google.getEvent({ ...who, eventId: event.id }, { signal })),
    );
    if (isOurs(existing, meeting)) return event.id;
    logger.warn({ meetingId }, 'the id of an event is used up; the next one is taken');
    await db('meeting')
      .where({ id: meetingId, calendar_revision: meeting.calendar_revision })
      .update({ calendar_revision: meeting.calendar_revision + 1 });
    throw ApplicationFailure.retryable(`the event id of meeting ${meetingId} was used up`, 'IdTaken');
  };
