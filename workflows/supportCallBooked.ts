/** A customer booked a support call. */
import { bookCall, type BookingOutcome } from './bookCall.ts';
import type { EventInput } from './names.ts';

export const SupportCallBooked = (input: EventInput): Promise<BookingOutcome> => bookCall(input);
