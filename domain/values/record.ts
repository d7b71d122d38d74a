/** Whether a value parsed from JSON is an object, and no list. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object, or an empty one where something else stands in its place. */
export const recordOf = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});
