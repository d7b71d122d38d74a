/** Reads the query string of a request. */
import type { Context } from 'koa';
import type { z } from 'zod';
import { faultText } from '../domain/values/faultText.ts';
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
  const unstorable = Object.entries(flat).filter(([, value]) => value?.includes('\0') === true);
  if (unstorable.length > 0) {
    const message = 'must not hold the character NUL, which no text in PostgreSQL has';
    throw validationError(
      'query',
      unstorable.map(([name]) => ({ path: [name], message })),
    );
  }
  const parsed = schema.safeParse(flat, { error: faultText });
  if (parsed.success) return parsed.data;
  throw validationError('query', parsed.error.issues);
};
