/** The database's steps of a booking, assembled. */
import type { HermesDependencies } from '../deps.ts';
import { cancelMeeting } from './cancel.ts';
import { confirmBooking } from './confirm.ts';
import { dropMove, finishMove, holdMove } from './move.ts';
import { prepareBooking } from './prepare.ts';
import { refuseBooking, releaseSlot, takeSlot } from './slot.ts';
import { tidyBookings } from './tidy.ts';

export const createBookingActivities = (deps: HermesDependencies) => ({
  prepareBooking: prepareBooking(deps),
  takeSlot: takeSlot(deps),
  confirmBooking: confirmBooking(deps),
  releaseSlot: releaseSlot(deps),
  refuseBooking: refuseBooking(deps),
  cancelMeeting: cancelMeeting(deps),
  holdMove: holdMove(deps),
  finishMove: finishMove(deps),
  dropMove: dropMove(deps),
  tidyBookings: tidyBookings(deps),
});

export type BookingActivities = ReturnType<typeof createBookingActivities>;
