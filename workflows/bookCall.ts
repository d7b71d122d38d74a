/**
 * A booked call, from the visitor's click to the records.
 *
 * The visitor waits for the update `book`: it answers once the slot is taken and the event stands in the calendar, or says why not.
 * The order keeps every promise: rules first, then the calendar is asked (no transaction is open meanwhile), then PostgreSQL gives
 * the slot to one of all who want it, then the event is sent, then the booking is confirmed against the door's own "no" of a
 * visitor who waited too long. Whatever fails after the slot was taken gives it back.
 */
import {
  allHandlersFinished,
  condition,
  defineUpdate,
  proxyActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
  uuid4,
} from '@temporalio/workflow';
import type { GoogleActivities } from '../activities/google/index.ts';
import { adminNotFree, refused, tooLate, type Refusal } from '../domain/callbooker/refusals.ts';
import { companyIdAttribute } from '../temporal/searchAttributes.ts';
import { taskQueues } from '../temporal/taskQueues.ts';
import { bookUpdateName, type BookingAnswer, type OrphanEvent, type ReadyBooking } from './bookingSteps.ts';
import { failureTypeOf, patientCalendar, records } from './callProxies.ts';
import { showFailure } from './failures.ts';
import { priorities, type EventInput } from './names.ts';
import { persist } from './persist.ts';
import { database } from './proxies.ts';

export const bookUpdate = defineUpdate<BookingAnswer>(bookUpdateName);

/** What a run returns, for the Web UI. */
export interface BookingOutcome {
  outcome: 'applied' | 'refused';
  companyId: number | null;
  meetingId: number | null;
  reason: string | null;
}

/** A visitor waits: a few quick tries, and no more than the calendar's share of the time. */
const calendar = proxyActivities<GoogleActivities>({
  taskQueue: taskQueues.google,
  startToCloseTimeout: '5 s',
  scheduleToCloseTimeout: '8 s',
  retry: {
    initialInterval: '200 ms',
    backoffCoefficient: 2,
    maximumInterval: '1 s',
    maximumAttempts: 4,
    nonRetryableErrorTypes: ['Unauthorised'],
  },
});

/** An insert whose answer was lost may still be on its way when its event is removed: a second look catches it. */
const secondLookMs = 60_000;

const urgent = (summary: string) => ({ summary, priority: { priorityKey: priorities.booking } });

/** Decision of the house: a calendar failure is a 400, with a sentence that names the calendar event (CAL-06). */
const calendarFailed = refused(
  400,
  'The calendar event could not be created. Please try again in a few minutes.',
);

const checkFree = async (booking: ReadyBooking): Promise<Refusal | null> => {
  const { adminId, companyId, start, end } = booking;
  try {
    const check = await calendar.checkCalendar.executeWithOptions(
      urgent(`admin ${adminId}, ${start} to ${end}`),
      [{ adminId, companyId, start, end }],
    );
    if (check === 'unreadable') showFailure('CalendarUnreadable');
    return check === 'free' ? null : adminNotFree;
  } catch (error) {
    showFailure(failureTypeOf(error));
    return calendarFailed;
  }
};

/** Removes an event that must not stay, through any outage. */
const removeOrphan = async (orphan: OrphanEvent): Promise<void> => {
  const remove = () =>
    persist({ what: 'Google Calendar', woken: () => false }, () =>
      patientCalendar.removeCalendarEvent.executeWithOptions({ summary: `admin ${orphan.adminId}` }, [
        orphan,
      ]),
    );
  try {
    if ((await remove()) === 'removed') return;
    await sleep(secondLookMs);
    await remove();
  } catch (error) {
    // Refused for good: the event, if there is one, stays until a person looks at this run.
    showFailure(failureTypeOf(error));
  }
};

interface Booked {
  answer: BookingAnswer;
  companyId: number | null;
  meetingId: number | null;
  syncNeeded: boolean;
  orphan: OrphanEvent | null;
}

const no = (refusal: Refusal, companyId: number | null, orphan: OrphanEvent | null = null): Booked => ({
  answer: { ok: false, status: refusal.status, message: refusal.message },
  companyId,
  meetingId: null,
  syncNeeded: false,
  orphan,
});

const book = async ({ webhookId }: EventInput): Promise<Booked> => {
  const booking = await records.prepareBooking({ webhookId });
  if (booking.kind === 'refused') return no(booking, null);
  const { companyId } = booking;
  upsertSearchAttributes([{ key: companyIdAttribute, value: String(companyId) }]);

  const busy = await checkFree(booking);
  if (busy !== null) {
    await records.refuseBooking({ webhookId, refusal: busy });
    return no(busy, companyId);
  }

  const meetingUuid = uuid4();
  const slot = await records.takeSlot({ webhookId, meetingUuid, booking });
  if (slot.kind === 'refused') return no(slot, companyId);
  const { meetingId } = slot;

  const release = async (refusal: Refusal, mayStand: boolean): Promise<Booked> => {
    const { adminId } = booking;
    const orphan = await records.releaseSlot({ webhookId, meetingId, refusal, adminId, meetingUuid });
    return no(refusal, companyId, mayStand ? orphan : null);
  };
  let eventId: string;
  try {
    eventId = await calendar.insertCalendarEvent.executeWithOptions(urgent(`meeting ${meetingId}`), [
      { webhookId, meetingId },
    ]);
  } catch (error) {
    const type = failureTypeOf(error);
    if (type === 'Expired') return release(tooLate, true);
    showFailure(type);
    return release(calendarFailed, type !== 'Unconfigured' && type !== 'Refused');
  }
  const confirmation = await records.confirmBooking({ webhookId, meetingId, eventId });
  if (confirmation.kind === 'tooLate') return release(tooLate, true);
  // A merge in the meantime may have made it another company's call.
  const { companyId: confirmedId, syncNeeded } = confirmation;
  return { answer: { ok: true }, companyId: confirmedId, meetingId, syncNeeded, orphan: null };
};

/** Runs a booking; both kinds of call differ only in their records. */
export const bookCall = async (input: EventInput): Promise<BookingOutcome> => {
  let answer: BookingAnswer | undefined;
  setHandler(bookUpdate, async (): Promise<BookingAnswer> => {
    await condition(() => answer !== undefined);
    return answer as BookingAnswer;
  });

  const booked = await book(input);
  answer = booked.answer;
  if (booked.syncNeeded && booked.companyId !== null) {
    await database.requestSync({ companyId: booked.companyId, priority: 'booking' });
  }
  if (booked.orphan !== null) await removeOrphan(booked.orphan);
  await condition(allHandlersFinished);
  return {
    outcome: booked.answer.ok ? 'applied' : 'refused',
    companyId: booked.companyId,
    meetingId: booked.meetingId,
    reason: booked.answer.ok ? null : booked.answer.message,
  };
};
