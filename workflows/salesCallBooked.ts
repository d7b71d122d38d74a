/** A visitor booked a sales call. */
import { bookCall, type BookingOutcome } from './bookCall.ts';
import type { EventInput } from './names.ts';

export const SalesCallBooked = (input: EventInput): Promise<BookingOutcome> => bookCall(input);
