/**
 * The code of an error of the database: PostgreSQL's SQLSTATE (https://www.postgresql.org/docs/15/errcodes-appendix.html), or the
 * system's for the way to it. Models wrap PostgreSQL's errors, and a host with several addresses fails with one error for each.
 */
export const errorCode = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('nativeError' in error) return errorCode(error.nativeError);
  if ('errors' in error && Array.isArray(error.errors)) return errorCode(error.errors[0]);
  return undefined;
};
