/** Asks Google whether an admin is free: always afresh, and for that admin only. */
import { touches, without } from '../../domain/availability/touching.ts';
import type { CalendarCheck, CalendarQuery } from '../../workflows/bookingSteps.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import { onBehalfOf, requireGoogle } from './admin.ts';
import { calendarSubject, type GoogleDependencies } from './deps.ts';

/** A busy period that ends when the meeting starts is told only to who asks from before it. */
const marginMs = 60_000;

/**
 * @returns `unreadable` when Google knows the calendar but does not show it: nobody knows whether the admin is free
 * @throws ApplicationFailure when Google cannot be asked
 */
export const checkCalendar =
  (deps: GoogleDependencies) =>
  async (query: CalendarQuery): Promise<CalendarCheck> => {
    const { db, logger } = deps;
    const google = requireGoogle(deps);
    const who = await onBehalfOf(db, query.adminId);
    const meeting = { start: new Date(query.start), end: new Date(query.end) };
    const subject = calendarSubject({
      adminId: query.adminId,
      isFormer: who.isFormer,
      companyId: query.companyId,
      entity: 'freebusy',
      recordId: query.adminId,
    });
    const calendars = dataOf(
      await callInTurn(db, subject, (signal) =>
        google.freeBusy(
          {
            ...who,
            emails: [who.subject],
            timeMin: new Date(meeting.start.getTime() - marginMs),
            timeMax: new Date(meeting.end.getTime() + marginMs),
          },
          { signal },
        ),
      ),
    );
    const calendar = calendars.get(who.subject);
    if (calendar?.kind !== 'read') {
      logger.error(
        { adminId: query.adminId, errors: calendar?.errors ?? [] },
        'Google does not show the calendar of an admin: bookings with them are refused',
      );
      return 'unreadable';
    }
    const others =
      query.own === undefined
        ? calendar.busy
        : without(calendar.busy, { start: new Date(query.own.start), end: new Date(query.own.end) });
    return others.some((period) => touches(meeting, period)) ? 'busy' : 'free';
  };
