/** Whether a column would stay as it is. */
export const sameColumn = (before: unknown, after: unknown): boolean =>
  before instanceof Date && after instanceof Date ? before.getTime() === after.getTime() : before === after;
