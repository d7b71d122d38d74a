/** Whether an admin moved or deleted the event of a booked call in the calendar. */
import type { Period } from '../availability/touching.ts';

/** An event as the calendar holds it now. */
export interface HeldEvent {
  /** `cancelled` is what remains of a deleted event. */
  status?: string | null | undefined;
  start?: { dateTime?: Date | null | undefined } | null | undefined;
  end?: { dateTime?: Date | null | undefined } | null | undefined;
}

export type Drift =
  | { kind: 'same' }
  | { kind: 'cancelled' }
  | ({ kind: 'moved' } & Period)
  /** Not even a deleted event: it stands in another calendar, as of a call that does not remember its own. */
  | { kind: 'missing' }
  /** Made an all-day event: nobody can tell when the call is. */
  | { kind: 'unclear' };

/** @param event null when the calendar never had it */
export const calendarDrift = (
  meeting: { start_time: Date | null; end_time: Date | null },
  event: HeldEvent | null,
): Drift => {
  if (event === null) return { kind: 'missing' };
  if (event.status === 'cancelled') return { kind: 'cancelled' };
  const start = event.start?.dateTime;
  const end = event.end?.dateTime;
  if (!start || !end) return { kind: 'unclear' };
  const same =
    start.getTime() === meeting.start_time?.getTime() && end.getTime() === meeting.end_time?.getTime();
  return same ? { kind: 'same' } : { kind: 'moved', start, end };
};
