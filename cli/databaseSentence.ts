const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

const codeOf = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // A host with several addresses fails with one error for each.
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0]);
  return undefined;
};

/**
 * What an error of PostgreSQL or of the way to it means to an operator; undefined for an error that nobody expects.
 *
 * By SQLSTATE and system code (https://www.postgresql.org/docs/15/errcodes-appendix.html); the address is never part of the
 * sentence, because it holds the password.
 */
export const databaseSentence = (error: unknown): string | undefined => {
  const code = codeOf(error);
  if (code === undefined) {
    const timedOut = error instanceof Error && error.message.includes('timeout');
    return timedOut ? 'The database did not answer in time: see DATABASE_URL.' : undefined;
  }
  if (unreachable.has(code)) return `The database cannot be reached (${code}): see DATABASE_URL.`;
  switch (code) {
    case '28P01':
    case '28000':
      return 'The database refuses the user or the password: see DATABASE_URL.';
    case '3D000':
      return 'The database does not exist: see DATABASE_URL.';
    case '42P01':
      return 'The database has no tables of Hermes yet: run `npm run hermes -- db migrate` first.';
    case '55P03':
      return 'Another process is changing the configuration: try again.';
    case '42501':
      return 'The user of the database is not allowed to do that: see DATABASE_URL.';
    default:
      return undefined;
  }
};
