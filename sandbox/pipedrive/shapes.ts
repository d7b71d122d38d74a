/**
 * Zod pieces shared by the bodies and queries: strict types, no numbers from strings, no unknown keys.
 */
import { z } from 'zod';

export const id = z.int().positive();

const isRealDate = (text: string): boolean => {
  const date = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 10));
};

/** RFC 3339 in UTC without milliseconds; what `toISOString` writes is refused, as the real API does. */
export const utcTime = z
  .string()
  .refine(
    (text) => /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/.test(text) && isRealDate(text),
    'The value is not a valid datetime',
  );

export const date = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\d$/.test(text) && isRealDate(text), 'The value is not a valid date');

export const clockTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/, 'The value is not a valid time');

export const text = (longest: number) =>
  z.string().max(longest, `The value must not be longer than ${longest} characters`);

/** A name or title: something other than white space. */
export const title = text(255).refine((value) => value.trim() !== '', 'The value must not be empty');

const currencies = new Set(Intl.supportedValuesOf('currency'));

export const currency = z
  .string()
  .refine((code) => currencies.has(code), 'The value is not a valid currency code');

const part = z.string().nullable().optional();

const addressParts = {
  country: part,
  admin_area_level_1: part,
  admin_area_level_2: part,
  locality: part,
  sublocality: part,
  route: part,
  street_number: part,
  subpremise: part,
  postal_code: part,
};

const addressValue = z.string().min(1, 'The value must not be empty');

/** An address as it is written: `value` is required, a part left out becomes null. */
export const address = z.strictObject({ value: addressValue, ...addressParts });

/** A custom field's address may name formatted_address too. */
export const customAddress = z.strictObject({
  value: addressValue,
  ...addressParts,
  formatted_address: part,
});

export type WrittenAddress = z.infer<typeof customAddress>;
