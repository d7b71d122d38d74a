/**
 * A visitor cancels or moves a booked call, by the link in the invitation.
 *
 * A cancel holds as soon as it is recorded; the event is taken out of the calendar behind the answer, through any outage. A move asks
 * the calendar first, like a booking: the new slot is held beside the old one until the calendar has agreed.
 */
import {
  allHandlersFinished,
  condition,
  defineUpdate,
  proxyActivities,
  setHandler,
  uuid4,
} from '@temporalio/workflow';
import type { GoogleActivities } from '../activities/google/index.ts';
import {
  adminNotFree,
  callCancelled,
  refused,
  tooLate,
  type Refusal,
} from '../domain/callbooker/refusals.ts';
import { taskQueues } from '../temporal/taskQueues.ts';
import type { BookingAnswer, OrphanEvent } from './bookingSteps.ts';
import { changeUpdateName, type CallChangeInput } from './callChange.ts';
import { failureTypeOf, patientCalendar, records } from './callProxies.ts';
import { showFailure } from './failures.ts';
import { priorities } from './names.ts';
import { persist } from './persist.ts';
import { database } from './proxies.ts';

export const changeUpdate = defineUpdate<BookingAnswer>(changeUpdateName);

/** A visitor waits: a few quick tries. */
const calendar = proxyActivities<GoogleActivities>({
  taskQueue: taskQueues.google,
  startToCloseTimeout: '5 s',
  scheduleToCloseTimeout: '6 s',
  retry: {
    initialInterval: '200 ms',
    backoffCoefficient: 2,
    maximumInterval: '1 s',
    maximumAttempts: 3,
    nonRetryableErrorTypes: ['Unauthorised'],
  },
});

const calendarFailed = refused(
  400,
  'The calendar event could not be moved. Please try again in a few minutes.',
);

interface Changed {
  answer: BookingAnswer;
  companyId: number | null;
  syncNeeded: boolean;
  /** What remains to be done once the visitor was answered. */
  remove: OrphanEvent | null;
}

const no = ({ status, message }: Refusal): Changed => ({
  answer: { ok: false, status, message },
  companyId: null,
  syncNeeded: false,
  remove: null,
});

const cancel = async (input: CallChangeInput): Promise<Changed> => {
  const result = await records.cancelMeeting(input);
  if (result.kind === 'refused') return no(result);
  const { adminId, eventId, companyId, syncNeeded } = result;
  const remove =
    adminId === null || eventId === null ? null : { adminId, eventId, meetingId: input.meetingId };
  return { answer: { ok: true }, companyId, syncNeeded, remove };
};

const move = async (input: CallChangeInput, start: string): Promise<Changed> => {
  const { meetingId } = input;
  const held = await records.holdMove({ ...input, start, holdUuid: uuid4() });
  if (held.kind === 'refused') return no(held);
  const { adminId, companyId, eventId, end, oldStart, oldEnd } = held;
  const urgent = {
    summary: `meeting ${meetingId} to ${held.start}`,
    priority: { priorityKey: priorities.booking },
  };
  let refusal: Refusal | null = null;
  try {
    const check = await calendar.checkCalendar.executeWithOptions(urgent, [
      { adminId, companyId, start: held.start, end, own: { start: oldStart, end: oldEnd } },
    ]);
    if (check !== 'free') refusal = adminNotFree;
    else if (eventId !== null) {
      await calendar.moveCalendarEvent.executeWithOptions(urgent, [
        { adminId, companyId, meetingId, eventId, start: held.start, end, expiresAt: input.expiresAt },
      ]);
    }
  } catch (error) {
    const type = failureTypeOf(error);
    if (type !== 'Expired') showFailure(type);
    refusal = type === 'Expired' ? tooLate : calendarFailed;
  }
  if (refusal !== null) {
    const dropped = await records.dropMove({ meetingId, move: held });
    // A calendar does not move the event of a call that was cancelled meanwhile.
    return no(dropped?.cancelled === true ? callCancelled : refusal);
  }
  const { syncNeeded, cancelled } = await records.finishMove({ meetingId, move: held });
  if (cancelled === true) return no(callCancelled);
  return { answer: { ok: true }, companyId, syncNeeded, remove: null };
};

/** @returns what the visitor was told */
export const CallChanged = async (input: CallChangeInput): Promise<BookingAnswer> => {
  let answer: BookingAnswer | undefined;
  setHandler(changeUpdate, async (): Promise<BookingAnswer> => {
    await condition(() => answer !== undefined);
    return answer as BookingAnswer;
  });
  const { change } = input;
  const changed = await (change.kind === 'cancel' ? cancel(input) : move(input, change.start));
  answer = changed.answer;
  if (changed.syncNeeded && changed.companyId !== null) {
    await database.requestSync({ companyId: changed.companyId, priority: 'booking' });
  }
  const { remove } = changed;
  if (remove !== null) {
    try {
      await persist({ what: 'Google Calendar', woken: () => false }, () =>
        patientCalendar.removeCalendarEvent.executeWithOptions({ summary: `admin ${remove.adminId}` }, [
          remove,
        ]),
      );
    } catch (error) {
      showFailure(failureTypeOf(error));
    }
  }
  await condition(allHandlersFinished);
  return changed.answer;
};
