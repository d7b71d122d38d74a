import { z } from 'zod';

const email = z.email();

export const isEmail = (text: string): boolean => email.safeParse(text).success;

/** An IANA name as the zone is spelled: calendars refuse europe/london, which JavaScript takes. */
export const isTimeZone = (zone: string): boolean => {
  if (!/^[A-Z]/i.test(zone)) return false;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
    return known === zone || known.toLowerCase() !== zone.toLowerCase();
  } catch {
    return false;
  }
};
