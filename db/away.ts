import { errorCode } from './errorCode.ts';

/** Of the socket. */
const networkCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Of PostgreSQL. Class 08 are connections; the server shuts down or starts; it has no connection left; it is a standby that writes nothing. */
const serverCodes = /^(?:08...|57P0[1-3]|53300|25006)$/;

/** What pg and knex say without a code: a connection ended, is asked though it ended, or there was none in time. */
const withoutCode =
  /^(?:Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|Knex: Timeout acquiring a connection)/;

/** Whether an error means that the database cannot be reached or used right now, rather than that a statement was wrong. */
export const isDatabaseAway = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  const code = errorCode(error);
  if (code === undefined) return withoutCode.test(error.message);
  return networkCodes.has(code) || serverCodes.test(code);
};
