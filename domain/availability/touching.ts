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

/** What is left of the periods outside one of them: an admin's own call does not stand in the way of moving it. */
export const without = (periods: readonly Period[], own: Period): Period[] =>
  periods.flatMap((period) => {
    if (!overlaps(period, own)) return [period];
    const before = { start: period.start, end: own.start };
    const after = { start: own.end, end: period.end };
    return [before, after].filter(({ start, end }) => start.getTime() < end.getTime());
  });
