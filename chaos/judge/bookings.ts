/** What visitors were told is what happened: one meeting and one calendar event for a yes, none for a no. */
import type { Visit } from '../load/visitors.ts';
import type { Stage } from '../stage/stage.ts';
import { different, doubled, lost, repeated, type Finding } from './finding.ts';

interface Meeting {
  id: number;
  status: string;
  start_time: Date;
  calendar_event_id: string | null;
  admin_id: number;
  email: string | null;
  username: string;
}

const nearby = /already have a meeting/;

const judgeVisit = (visit: Visit, meetings: readonly Meeting[]): Finding[] => {
  const { email, answers, start } = visit;
  const booked = answers.some((answer) => answer?.status === 200);
  // An error of ours is no answer: it says neither yes nor no.
  const unanswered = answers.some((answer) => answer === null || answer.status === 500);
  const standing = meetings.filter((meeting) => meeting.email === email && meeting.status === 'PLANNED');
  const findings: Finding[] = [];
  const told = answers
    .map((answer) => (answer === null ? 'nothing' : `${answer.status} ${answer.message}`))
    .join('; ');
  if (standing.length > 1) findings.push(doubled(`${email} has ${standing.length} meetings`));
  if (booked && standing.length === 0)
    findings.push(lost(`${email} was told that the call is booked, and it is not`));
  if (!booked && !unanswered && standing.length > 0)
    findings.push(different(`${email} was told no, and has a meeting: ${told}`));
  // Who asks again at once may meet a try that was told no and is being taken back.
  const wasLate = answers.some((answer) => answer?.status === 503);
  if (!booked && !unanswered && !wasLate && answers.some((answer) => nearby.test(answer?.message ?? '')))
    findings.push(different(`${email} has a meeting nearby, though no try of theirs was told yes: ${told}`));
  if (standing.some((meeting) => meeting.start_time.getTime() !== start.getTime()))
    findings.push(different(`the meeting of ${email} is at another time`));
  return findings;
};

const judgeCalendars = ({ peers: { google } }: Stage, meetings: readonly Meeting[]): Finding[] => {
  const planned = meetings.filter(({ status }) => status === 'PLANNED');
  const users = [...new Set(meetings.map(({ username }) => username))];
  return users.flatMap((username) => {
    const events = google.events(username).filter(({ status }) => status !== 'cancelled');
    const own = planned.filter((meeting) => meeting.username === username);
    const ids = new Set(own.map(({ calendar_event_id: id }) => id));
    return [
      ...events
        .filter(({ id }) => !ids.has(id))
        .map(({ id }) => doubled(`event ${id} of ${username} belongs to no meeting`)),
      ...own
        .filter((meeting) => {
          const event = events.find(({ id }) => id === meeting.calendar_event_id);
          return event?.period.start.getTime() !== meeting.start_time.getTime();
        })
        .map(({ id }) => lost(`meeting ${id} has no event in the calendar of ${username}`)),
      ...[...repeated(events, ({ period }) => period.start.toISOString())].map(([start, group]) =>
        doubled(`${username} has ${group.length} events at ${start}`),
      ),
    ];
  });
};

export interface BookingVerdict {
  visitors: number;
  /** Answers of the API to them. */
  tries: number;
  booked: number;
  unanswered: number;
  events: number;
  findings: Finding[];
}

export const judgeBookings = async (stage: Stage, visits: readonly Visit[]): Promise<BookingVerdict> => {
  const { db, peers } = stage;
  const meetings = (await db('meeting as m')
    .join('admin as a', 'a.id', 'm.admin_id')
    .leftJoin('contact as c', 'c.id', 'm.contact_id')
    .select(
      'm.id',
      'm.status',
      'm.start_time',
      'm.calendar_event_id',
      'm.admin_id',
      'c.email',
      'a.username',
    )) as Meeting[];
  const calendars = [...peers.google.store.calendars.values()];
  const answers = visits.flatMap((visit) => visit.answers);
  return {
    visitors: visits.length,
    tries: answers.length,
    booked: visits.filter((visit) => visit.answers.some((answer) => answer?.status === 200)).length,
    unanswered: answers.filter((answer) => answer === null || answer.status === 500).length,
    events: calendars
      .flatMap(({ events }) => [...events.values()])
      .filter(({ status }) => status !== 'cancelled').length,
    findings: [...visits.flatMap((visit) => judgeVisit(visit, meetings)), ...judgeCalendars(stage, meetings)],
  };
};
