/** Why a visitor is told no. The sentences are shown as they are. */

export interface Refusal {
  kind: 'refused';
  /** HTTP status of the answer. */
  status: number;
  message: string;
}

export const refused = (status: number, message: string): Refusal => ({ kind: 'refused', status, message });

/** The visitor was told that the booking failed, or is about to be: nothing is begun any more. */
export const tooLate = refused(503, 'The booking took too long. Please try again in a few minutes.');
export const adminNotFound = refused(400, 'Admin not found');
export const adminNotFree = refused(400, 'Admin is not free at this time.');
export const meetingNearby = refused(400, 'You already have a meeting booked around this time.');
export const noSuchCall = refused(404, 'There is no such call');
export const callIsOver = refused(400, 'This call is over already.');
export const callCancelled = refused(400, 'This call was cancelled.');
export const callIsMoving = refused(
  400,
  'This call is being moved at the moment. Please look again in a few minutes.',
);
export const callIsBooking = refused(
  400,
  'This call is being booked at the moment. Please look again in a few minutes.',
);
