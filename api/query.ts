/** Reads the query string of a request. */
import type { Context } from 'koa';
import type { z } from 'zod';
import { validationError } from './errors.ts';

/**
 * Parses the query; a parameter given twice counts once, the last one.
 *
 * @throws HttpError 422 naming each parameter that does not fit
 */
export const parseQuery = <T>(context: Context, schema: z.ZodType<T>): T => {
  const flat = Object.fromEntries(
    Object.entries(context.query).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value]),
  );
  const parsed = schema.safeParse(flat);
  if (parsed.success) return parsed.data;
  throw validationError('query', parsed.error.issues);
};
