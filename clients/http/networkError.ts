/** Reads the codes of the errors that a request can end with. */

/** The system found no way to the peer: not a byte of the request left. */
const unreachable: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;

const ownCode = (error: unknown): string | undefined => {
  const code = field(error, 'code');
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : undefined;
};

/** The attempts behind an error: a host of several addresses has one error for each. */
const attempts = (error: unknown): readonly unknown[] => {
  const errors = field(error, 'errors');
  return Array.isArray(errors) && errors.length > 0 ? errors : [error];
};

/** The system's code of a failed request, such as ECONNRESET, if it has one. */
export const errorCodeOf = (error: unknown): string | undefined =>
  attempts(error)
    .map(ownCode)
    .find((code) => code !== undefined);

/** Whether the request cannot have reached the peer. Unknown errors count as "it may have". */
export const wasSurelyNotSent = (error: unknown): boolean =>
  attempts(error).every((attempt) => unreachable.has(ownCode(attempt) ?? ''));
