import { isLiveSecret, isSameSecret } from '../../domain/values/sameSecret.ts';

export interface BasicCredentials {
  /** Undefined when any name will do. */
  username: string | undefined;
  /** Live passwords; two of them during a rotation. */
  passwords: readonly string[];
}

const given = (header: string): { username: string; password: string } | null => {
  const encoded = /^basic +([A-Za-z0-9+/_=-]+) *$/i.exec(header)?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return null;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
};

/**
 * Whether the header `authorization` carries one of the passwords, in constant time.
 *
 * @param header as received; empty when absent
 */
export const isAuthorised = (header: string, { username, passwords }: BasicCredentials): boolean => {
  const sent = given(header);
  if (sent === null) return false;
  const isKnown = isLiveSecret(sent.password, passwords);
  const isNamed = username === undefined || isSameSecret(sent.username, username);
  return isKnown && isNamed;
};
