/** Moves a booked call in the admin's calendar; Google tells the guests. */
import { calendarDrift } from '../../domain/callbooker/calendarDrift.ts';
import type { MoveRequest } from '../../workflows/bookingSteps.ts';
import { callInTurn, dataOf } from '../downstream/call.ts';
import { calendarOf, onBehalfOf, requireGoogle } from './admin.ts';
import { calendarSubject, type GoogleDependencies } from './deps.ts';
import { expired } from './expired.ts';

/** @throws ApplicationFailure as an insert does: `Expired` when it is too late, and nothing was sent */
export const moveCalendarEvent =
  (deps: GoogleDependencies) =>
  async (request: MoveRequest): Promise<void> => {
    const { adminId, companyId, meetingId, eventId, start, end, expiresAt } = request;
    const google = requireGoogle(deps);
    if (expiresAt !== undefined && Date.now() > expiresAt) throw expired();
    const who = await onBehalfOf(deps.db, adminId, await calendarOf(deps.db, meetingId));
    const change = {
      start: { dateTime: start, timeZone: 'UTC' },
      end: { dateTime: end, timeZone: 'UTC' },
    };
    const subject = calendarSubject({
      adminId,
      isFormer: who.isFormer,
      companyId,
      entity: 'event',
      recordId: meetingId,
      body: change,
    });
    const moved = await callInTurn(deps.db, subject, (signal) =>
      google.patchEvent({ ...who, eventId, change }, { signal }),
    );
    if (!moved.ok && moved.failure.mayHaveHappened) {
      // The guests have been told of a move whose answer was lost: the visitor must not be told no.
      const held = await callInTurn(deps.db, subject, (signal) =>
        google.getEvent({ ...who, eventId }, { signal }),
      );
      const wanted = { start_time: new Date(start), end_time: new Date(end) };
      if (held.ok && calendarDrift(wanted, held.data).kind === 'same') return;
    }
    dataOf(moved);
  };
