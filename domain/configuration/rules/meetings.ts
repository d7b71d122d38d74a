import type { Case } from './case.ts';

const minutesOf = (clock: string): number => {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
};

/** Hours that have a beginning before their end, and room for a meeting between. */
export const judgeMeetings = ({ document, before, plan, report }: Case): void => {
  const entry = document.meetings;
  const { meetings } = plan.result;
  if (entry === undefined || meetings === null || entry.faulty.size > 0) return;
  if (JSON.stringify(before.meetings) === JSON.stringify(meetings)) return;
  const { said, path } = entry;
  if (meetings.min_start >= meetings.max_end) {
    const key = said.max_end === undefined ? 'min_start' : 'max_end';
    const message = `min_start ${meetings.min_start} must be before max_end ${meetings.max_end}`;
    return report([...path, key], message, meetings[key]);
  }
  const room = minutesOf(meetings.max_end) - minutesOf(meetings.min_start);
  if (meetings.duration_mins <= room) return;
  const key = (['duration_mins', 'max_end', 'min_start'] as const).find((name) => said[name] !== undefined);
  report(
    key === undefined ? path : [...path, key],
    `a meeting of ${meetings.duration_mins} minutes does not fit between ${meetings.min_start} and ${meetings.max_end}`,
    key === undefined ? undefined : meetings[key],
  );
};
