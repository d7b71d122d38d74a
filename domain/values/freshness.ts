/** Whether an event is newer than what was applied for its subject before. */

/** The longest retry of a sender comes after 1,000 s; anything older by more is not a retry but a clock that was wrong. */
const plausibleLatenessMs = 20 * 60_000;

export type Freshness =
  /** Apply it. */
  | 'fresh'
  /** Something newer was applied: it changes nothing. */
  | 'stale'
  /** So old that the newer event may have lied about its time: read the subject anew instead of trusting either. */
  | 'read';

/** When an event happened: as it says, but never after it was received, for a sender's clock may be ahead. */
export const eventMoment = (eventAt: Date | null, receivedAt: Date): Date =>
  eventAt === null || eventAt > receivedAt ? receivedAt : eventAt;

/** @param newest moment of the newest event applied for the subject, null before the first */
export const freshness = (happenedAt: Date, newest: Date | null): Freshness => {
  if (newest === null || happenedAt >= newest) return 'fresh';
  return newest.getTime() - happenedAt.getTime() > plausibleLatenessMs ? 'read' : 'stale';
};

/** Whether two events happened at once, to the millisecond: which of them is newer is not known. */
export const isTied = (happenedAt: Date, newest: Date | null): boolean =>
  newest !== null && happenedAt.getTime() === newest.getTime();
