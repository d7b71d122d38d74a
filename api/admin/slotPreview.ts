/** What meeting rules come to: the slots of one working day that nobody has booked yet. */
import { DateTime } from 'luxon';
import { freeSlots } from '../../domain/availability/slots.ts';

/** Meeting rules in the terms of the configuration. */
export interface MeetingRules {
  meeting_dur_mins: number;
  meeting_buffer_mins: number;
  meeting_min_start: string;
  meeting_max_end: string;
}

/** Any Wednesday without a change of clocks. */
const workingDay = '2026-01-14';

/** @returns such as `10:00 – 10:30`, on the admin's own clock, in order */
export const slotPreview = (rules: MeetingRules): string[] => {
  const from = DateTime.fromISO(workingDay, { zone: 'utc' });
  const clock = (moment: Date): string => DateTime.fromJSDate(moment, { zone: 'utc' }).toFormat('HH:mm');
  return freeSlots({
    timezone: 'utc',
    durationMins: rules.meeting_dur_mins,
    bufferMins: rules.meeting_buffer_mins,
    minStart: rules.meeting_min_start,
    maxEnd: rules.meeting_max_end,
    from: from.toJSDate(),
    to: from.plus({ days: 1 }).toJSDate(),
    busy: [],
  }).map(({ start, end }) => `${clock(start)} – ${clock(end)}`);
};
