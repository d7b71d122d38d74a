/**
 * The free slots of an admin: a fixed grid per working day, less what is busy.
 *
 * The grid begins at `minStart` on the admin's clock and steps by duration + buffer; a slot must end by `maxEnd` (the buffer may go
 * beyond). Days that are a weekend in the admin's zone have none. The grid is built on the admin's calendar, so it follows
 * daylight saving by itself; within a day the steps are real minutes.
 */
import { DateTime } from 'luxon';
import { overlaps, touches, type Period } from './touching.ts';

export interface Grid {
  /** IANA zone of the admin. */
  timezone: string;
  durationMins: number;
  bufferMins: number;
  /** HH:MM on the admin's clock. */
  minStart: string;
  maxEnd: string;
}

export interface SlotQuery extends Grid {
  /** Slots lie wholly inside [from, to]. */
  from: Date;
  to: Date;
  /** What the calendar says: a slot that overlaps or touches any of it is dropped. */
  busy: readonly Period[];
  /** Calls booked here with the buffer behind them: a slot with its own buffer must not overlap any of them, nor touch one without. */
  taken?: readonly Period[];
}

const minuteMs = 60_000;
const firstWeekendDay = 6;

const clock = (text: string): { hour: number; minute: number } => {
  const [hour = 0, minute = 0] = text.split(':').map(Number);
  return { hour, minute };
};

/** In order of time, with those that meet each other made one: so only the next one matters to a slot. */
const joined = (periods: readonly Period[]): Period[] => {
  const result: Period[] = [];
  for (const period of [...periods].sort((a, b) => a.start.getTime() - b.start.getTime())) {
    const last = result.at(-1);
    if (last === undefined || last.end.getTime() < period.start.getTime()) result.push({ ...period });
    else if (last.end.getTime() < period.end.getTime()) last.end = period.end;
  }
  return result;
};

/** Asks whether a slot meets one of the periods; slots must come in order of time. */
const cursor = (periods: readonly Period[], meets: (slot: Period, period: Period) => boolean) => {
  const ordered = joined(periods);
  let first = 0;
  return (slot: Period): boolean => {
    for (let index = first; index < ordered.length; index += 1) {
      const period = ordered[index] as Period;
      if (period.start.getTime() > slot.end.getTime()) return false;
      if (meets(slot, period)) return true;
      if (period.end.getTime() < slot.start.getTime()) first = index + 1;
    }
    return false;
  };
};

/** @returns the free slots in order of time (AVL-02 to AVL-08) */
export const freeSlots = (query: SlotQuery): Period[] => {
  const { from, to, timezone } = query;
  if (to.getTime() <= from.getTime()) return [];
  const opens = clock(query.minStart);
  const closes = clock(query.maxEnd);
  const isBusy = cursor(query.busy, touches);
  const isTaken = cursor(query.taken ?? [], query.bufferMins === 0 ? touches : overlaps);
  const slots: Period[] = [];

  // A day to either side: the admin's day may begin before or end after the visitor's.
  let day = DateTime.fromJSDate(from, { zone: timezone }).startOf('day').minus({ days: 1 });
  const lastDay = DateTime.fromJSDate(to, { zone: timezone }).startOf('day').plus({ days: 1 });
  for (; day <= lastDay; day = day.plus({ days: 1 })) {
    if (day.weekday >= firstWeekendDay) continue;
    const end = day.set(closes).toMillis();
    const stepMs = (query.durationMins + query.bufferMins) * minuteMs;
    for (let start = day.set(opens).toMillis(); ; start += stepMs) {
      const slotEnd = start + query.durationMins * minuteMs;
      if (slotEnd > end || slotEnd > to.getTime()) break;
      if (start < from.getTime()) continue;
      const slot = { start: new Date(start), end: new Date(slotEnd) };
      const withBuffer = { start: slot.start, end: new Date(slotEnd + query.bufferMins * minuteMs) };
      if (isBusy(slot)) continue;
      if (isTaken(withBuffer)) continue;
      slots.push(slot);
    }
  }
  return slots;
};
