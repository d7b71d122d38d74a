/** Cancels a booked call in the records; the calendar follows. */
import {
  callIsBooking,
  callIsOver,
  noSuchCall,
  tooLate,
  type Refusal,
} from '../../../domain/callbooker/refusals.ts';
import type { CallChangeInput, CancelledCall } from '../../../workflows/callChange.ts';
import type { HermesDependencies } from '../deps.ts';
import { changeMeeting, eventIdOf, hasActivity, isBeingBooked, lockMeeting } from './meeting.ts';

/** Cancels a call and frees its slot; one that was cancelled before stays so, and its event is looked for again. */
export const cancelMeeting =
  ({ db, logger }: HermesDependencies) =>
  async ({ meetingId, expiresAt }: CallChangeInput): Promise<CancelledCall | Refusal> => {
    const result = await db.transaction(async (trx): Promise<CancelledCall | Refusal> => {
      const meeting = await lockMeeting(trx, meetingId);
      if (meeting === undefined) return noSuchCall;
      const cancelled = {
        kind: 'cancelled' as const,
        companyId: meeting.company_id,
        adminId: meeting.admin_id,
        eventId: eventIdOf(meeting),
      };
      if (meeting.status === 'CANCELED') return { ...cancelled, syncNeeded: hasActivity(meeting) };
      if (Date.now() > expiresAt) return tooLate;
      if (isBeingBooked(meeting)) return callIsBooking;
      if (meeting.status !== 'PLANNED' || (meeting.start_time?.getTime() ?? 0) <= Date.now())
        return callIsOver;
      return { ...cancelled, syncNeeded: await changeMeeting(trx, meeting, { status: 'CANCELED' }, null) };
    });
    logger.info({ meetingId, kind: result.kind }, 'a call was to be cancelled');
    return result;
  };
