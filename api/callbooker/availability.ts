/** GET /callbooker/availability/: the free slots of an admin (AVL). */
import type { Context } from 'koa';
import { z } from 'zod';
import { meetingTerms, zoneOf } from '../../activities/hermes/bookings/meetingTerms.ts';
import { freeSlots } from '../../domain/availability/slots.ts';
import { identifier } from '../../domain/values/identifier.ts';
import { moment } from '../../domain/values/moment.ts';
import type { ApiDependencies } from '../context.ts';
import { notFound, unavailable } from '../errors.ts';
import { parseQuery } from '../query.ts';
import type { BusyReader } from './busyCalendar.ts';
import { readingLimit } from './limits.ts';
import { takenSlots } from './takenSlots.ts';

/** Google refuses longer free/busy queries somewhere above two months; the website asks for one. */
const maxDays = 62;
const dayMs = 86_400_000;

/** An offset's plus that was not encoded arrives as a space. */
const queryMoment = z.preprocess(
  (value) => (typeof value === 'string' ? value.replace(/(T[\d:.]+) (\d{2}:?\d{2})$/, '$1+$2') : value),
  moment,
);

export const availabilityQuery = z
  .object({ admin_id: identifier, start_dt: queryMoment, end_dt: queryMoment })
  .refine((query) => query.end_dt.getTime() - query.start_dt.getTime() <= maxDays * dayMs, {
    path: ['end_dt'],
    message: `must be at most ${maxDays} days after start_dt`,
  });

const utc = (date: Date): string => date.toISOString().replace(/(\.000)?Z$/, '+00:00');

/** @param calendars null when no service account is configured */
export const availability = (
  { db, environment, logger }: ApiDependencies,
  calendars: BusyReader | null,
): ((context: Context) => Promise<void>) => {
  const countReading = readingLimit();
  return async (context) => {
    const { admin_id: adminId, start_dt: from, end_dt: to } = parseQuery(context, availabilityQuery);
    const admin = await db('admin')
      .where({ id: adminId })
      .first<{ id: number; username: string; timezone: string } | undefined>('id', 'username', 'timezone');
    if (admin === undefined) throw notFound('Admin not found');
    if (to.getTime() <= from.getTime()) {
      context.body = { status: 'ok', slots: [] };
      return;
    }
    if (calendars === null) {
      logger.error({ adminId }, 'no Google service account is configured: no calendar can be read');
      throw unavailable('The calendar cannot be read at the moment. Please try again later.');
    }

    const [terms, taken, answer] = await Promise.all([
      meetingTerms(db, environment),
      takenSlots(db, adminId, from, to),
      calendars.read(admin, from, to, () => countReading(context.ip)),
    ]);
    if (answer.kind === 'failed') {
      logger.error({ adminId, failure: answer.failure.summary }, 'the calendar of an admin cannot be read');
      throw unavailable('The calendar cannot be read at the moment. Please try again in a few minutes.');
    }
    if (answer.kind === 'unreadable') {
      // Nobody knows whether such an admin is free, so no visitor is offered a time.
      logger.error({ adminId, errors: answer.errors }, 'Google does not show the calendar of an admin');
      context.body = { status: 'ok', slots: [] };
      return;
    }
    const slots = freeSlots({
      ...terms,
      timezone: zoneOf(admin, environment),
      from,
      to,
      busy: answer.busy,
      taken,
    });
    context.body = { status: 'ok', slots: slots.map(({ start, end }) => [utc(start), utc(end)]) };
  };
};
