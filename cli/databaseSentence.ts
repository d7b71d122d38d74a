import { errorCode } from '../db/errorCode.ts';

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

/**
 * What an error of PostgreSQL or of the way to it means to an operator; undefined for an error that nobody expects.
 *
 * By SQLSTATE and system code; the address is never part of the sentence, because it holds the password.
 *
 * @param setting where the address comes from
 */
export const databaseSentence = (error: unknown, setting = 'DATABASE_URL'): string | undefined => {
  const code = errorCode(error);
  if (code === undefined) {
    const timedOut = error instanceof Error && error.message.includes('timeout');
    return timedOut ? `The database did not answer in time: see ${setting}.` : undefined;
  }
  if (unreachable.has(code)) return `The database cannot be reached (${code}): see ${setting}.`;
  switch (code) {
    case '28P01':
    case '28000':
      return `The database refuses the user or the password: see ${setting}.`;
    case '3D000':
      return `The database does not exist: see ${setting}.`;
    case '42P01':
      return 'The database has no tables of Hermes yet: run `npm run hermes -- db migrate` first.';
    case '55P03':
      return 'Another process is changing the configuration: try again.';
    case '42501':
      return `The user of the database is not allowed to do that: see ${setting}.`;
    default:
      return undefined;
  }
};
