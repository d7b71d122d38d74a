import { meetingTerms, zoneOf } from '../../activities/hermes/bookings/meetingTerms.ts';
import { freeSlots } from '../../domain/availability/slots.ts';
import { without, type Period } from '../../domain/availability/touching.ts';
import type { ApiDependencies } from '../context.ts';
import type { BusyReader } from './busyCalendar.ts';
import type { CallFacts } from './linkedCall.ts';
import { takenSlots } from './takenSlots.ts';

/** Times that are offered for a move. */
const offeredDays = 14;
/** Nobody is offered a call that begins right away. */
const noticeMs = 2 * 3_600_000;
const dayMs = 86_400_000;

/** Times to which a call may be moved; none when its calendar cannot be read. */
export const offeredSlots = async (
  { db, environment }: ApiDependencies,
  calendars: BusyReader | null,
  call: CallFacts,
): Promise<Period[]> => {
  if (calendars === null) return [];
  const from = new Date(Date.now() + noticeMs);
  const to = new Date(from.getTime() + offeredDays * dayMs);
  const own = { start: call.start_time, end: call.end_time };
  const [terms, taken, answer] = await Promise.all([
    meetingTerms(db, environment),
    takenSlots(db, call.admin_id, from, to, call.id),
    calendars.read({ id: call.admin_id, username: call.username }, from, to),
  ]);
  if (answer.kind !== 'read') return [];
  const busy = without(answer.busy, own);
  const timezone = zoneOf(call, environment);
  return freeSlots({ ...terms, timezone, from, to, busy, taken }).filter(
    ({ start }) => start.getTime() !== call.start_time.getTime(),
  );
};
