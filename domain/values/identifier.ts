import { z } from 'zod';

/** Largest id that the tables and Pipedrive's documented integers hold. */
const maxInteger = 2_147_483_647;

const wholeNumber: z.core.$ZodErrorMap = ({ input }) =>
  input === undefined || input === null ? 'is required' : 'must be a whole number';

/** An id as the senders write it: a positive integer, or the same in digits ("70412"). */
export const identifier = z.union(
  [
    z.number().int().positive().max(maxInteger),
    z
      .string()
      .trim()
      .regex(/^\d{1,10}$/)
      .transform(Number)
      .pipe(z.number().int().positive().max(maxInteger)),
  ],
  { error: wholeNumber },
);

/** A count as the senders write it: an integer from 0, or the same in digits. */
export const count = z.union(
  [
    z.number().int().min(0).max(maxInteger),
    z
      .string()
      .trim()
      .regex(/^\d{1,10}$/)
      .transform(Number)
      .pipe(z.number().int().min(0).max(maxInteger)),
  ],
  { error: wholeNumber },
);

/** The id in `value`, or null when it holds none. */
export const identifierOf = (value: unknown): number | null => {
  const parsed = identifier.safeParse(value);
  return parsed.success ? parsed.data : null;
};
