/** A period of time; `end` is not before `start`. */
export interface Period {
  start: Date;
  end: Date;
}

/** Whether two periods overlap or touch: a meeting that ends when another begins leaves no time to breathe (CAL-03, CAL-05). */
export const touches = (one: Period, other: Period): boolean =>
  one.start.getTime() <= other.end.getTime() && other.start.getTime() <= one.end.getTime();

/** Whether two periods share time; one may begin when the other ends. */
export const overlaps = (one: Period, other: Period): boolean =>
  one.start.getTime() < other.end.getTime() && other.start.getTime() < one.end.getTime();
