/**
 * Errors in the Calendar API's shape. Callers decide on code and reason; the texts are Google's where they are known.
 */
export interface ErrorPlace {
  locationType: 'parameter' | 'header';
  location: string;
}

export class CalendarError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly place: ErrorPlace | undefined;
  readonly domain: string;

  constructor(code: number, reason: string, message: string, place?: ErrorPlace, domain = 'global') {
    super(message);
    this.code = code;
    this.reason = reason;
    this.place = place;
    this.domain = domain;
  }

  get body(): { error: { errors: Record<string, string>[]; code: number; message: string } } {
    const { code, reason, message, domain } = this;
    return { error: { errors: [{ domain, reason, message, ...this.place }], code, message } };
  }
}

const parameter = (location: string): ErrorPlace => ({ locationType: 'parameter', location });

export const invalid = (message = 'Invalid Value', location?: string): CalendarError =>
  new CalendarError(400, 'invalid', message, location === undefined ? undefined : parameter(location));
export const required = (message: string, location?: string): CalendarError =>
  new CalendarError(400, 'required', message, location === undefined ? undefined : parameter(location));
export const notFound = (): CalendarError => new CalendarError(404, 'notFound', 'Not Found');
export const emptyRange = (location = 'timeMax'): CalendarError =>
  new CalendarError(
    400,
    'timeRangeEmpty',
    'The specified time range is empty.',
    parameter(location),
    'calendar',
  );

/** A fault's `status` and `body` for one of Google's errors, such as 403 userRateLimitExceeded. */
export const googleFault = (
  code: number,
  reason: string,
  message = reason,
): { kind: 'status'; status: number; body: unknown } => ({
  kind: 'status',
  status: code,
  body: new CalendarError(code, reason, message, undefined, 'usageLimits').body,
});
