import { DateTime } from 'luxon';
import { z } from 'zod';

/** Above this an epoch number counts milliseconds; below it seconds (the year 5138). */
const millisecondsFrom = 100_000_000_000;

/** Years that PostgreSQL and the remote systems agree on. */
const isPlausible = (date: Date): boolean => {
  const year = date.getUTCFullYear();
  return year >= 1900 && year <= 9999;
};

const fromEpoch = (epoch: number): Date => new Date(epoch >= millisecondsFrom ? epoch : epoch * 1000);

const utcTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** The form that nearly all moments have, without the price of a full parser; null for any other, and for a day that does not exist. */
const fromUtcTime = (text: string): Date | null => {
  if (!utcTime.test(text)) return null;
  const date = new Date(text);
  // Date takes the 30th of February for the 2nd of March.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 19)) ? date : null;
};

/**
 * A moment as the senders write it: ISO 8601 (without an offset it is UTC) or epoch seconds, also as text; milliseconds are
 * recognised by their size.
 *
 * @returns null for what is no moment
 */
export const momentOf = (value: unknown): Date | null => {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return null;
    const date = fromEpoch(value);
    return !Number.isNaN(date.getTime()) && isPlausible(date) ? date : null;
  }
  if (typeof value !== 'string') return null;
  const text = value.trim();
  if (/^-?\d+(\.\d+)?$/.test(text) && !/^\d{4}$/.test(text)) return momentOf(Number(text));
  const utc = fromUtcTime(text);
  if (utc !== null) return isPlausible(utc) ? utc : null;
  const parsed = DateTime.fromISO(text.replace(' ', 'T'), { zone: 'utc' });
  if (!parsed.isValid) return null;
  const date = parsed.toJSDate();
  return isPlausible(date) ? date : null;
};

/**
 * The calendar day in UTC of a moment, or of a text that begins with a day: "2026-12-01", "2026-12-01T09:00:00Z".
 *
 * @returns null for what names no day that exists
 */
export const dayOf = (value: unknown): string | null => {
  if (typeof value === 'string' && !/^\s*\d{4}-\d\d-\d\d/.test(value)) return null;
  // Senders that put text into lower case write the T and the Z so, too.
  const date = momentOf(typeof value === 'string' ? value.toUpperCase() : value);
  return date === null ? null : date.toISOString().slice(0, 10);
};

/** A moment that must be there. */
export const moment = z.unknown().transform((value, context) => {
  const date = momentOf(value);
  if (date !== null) return date;
  context.addIssue({ code: 'custom', message: 'must be a date and time (ISO 8601 or epoch seconds)' });
  return z.NEVER;
});

/** A moment that may be absent, null or "". */
export const optionalMoment = z
  .unknown()
  .optional()
  .transform((value, context) => {
    if (value === undefined || value === null || value === '') return null;
    const date = momentOf(value);
    if (date !== null) return date;
    context.addIssue({ code: 'custom', message: 'must be a date and time (ISO 8601 or epoch seconds)' });
    return z.NEVER;
  });
