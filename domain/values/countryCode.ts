/** Whether a value is written like an ISO 3166 code: two letters, in either case. */
export const isCountryCode = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z]{2}$/i.test(value);
