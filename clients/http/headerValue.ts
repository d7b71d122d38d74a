/** Guards secrets that travel in headers. */

/**
 * The value, trimmed, or an error that names the setting and never repeats the value.
 *
 * @param what the setting in words, such as "Pipedrive's API token"
 * @throws Error when no header may carry the value
 */
export const headerValue = (what: string, value: string): string => {
  const trimmed = value.trim();
  if (/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(trimmed)) return trimmed;
  throw new Error(`${what} is empty or holds characters that a header cannot carry`);
};
