/** POST /callbooker/sales/book/ and /callbooker/support/book/ (CBS, CBU, CAL). */
import type { Context } from 'koa';
import { bookingSchema, type Booking } from '../../domain/callbooker/booking.ts';
import { faultText } from '../../domain/values/faultText.ts';
import type { ApiDependencies } from '../context.ts';
import { HttpError, unavailable, validationError } from '../errors.ts';
import { parseJson, readRawBody, requireJson } from '../middleware/rawBody.ts';
import { fileBooking } from './fileBooking.ts';
import type { BookingLimits } from './limits.ts';
import { runBooking } from './runBooking.ts';

const shadowMessage = 'Nothing was booked: this Hermes runs in shadow mode.';

/** Parses, files and runs a booking; the answer waits for the calendar and is the truth. */
export const book =
  (dependencies: ApiDependencies, kind: Booking['kind'], limits: BookingLimits) =>
  async (context: Context): Promise<void> => {
    requireJson(context);
    const body = await readRawBody(context);
    const parsed = bookingSchema(kind, new Date()).safeParse(parseJson(body), { error: faultText });
    if (!parsed.success) throw validationError('body', parsed.error.issues);
    await limits.check(context.ip, parsed.data.email);

    const event = await fileBooking(dependencies, parsed.data, body);
    context.state.webhookIds = [event.id];
    const answer = await runBooking(dependencies, event);
    // In shadow mode the records show what a booking would do; whoever asked must not believe that a call is booked.
    if (answer.ok && dependencies.environment.SHADOW) throw unavailable(shadowMessage);
    if (answer.ok) {
      context.body = { status: 'ok' };
      return;
    }
    if (answer.status === 503) throw unavailable(answer.message);
    throw new HttpError(answer.status, answer.message);
  };
