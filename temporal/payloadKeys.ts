/** The keys that payloads in Temporal are encrypted with, as TEMPORAL_PAYLOAD_KEYS names them. */

export interface PayloadKey {
  /** Stands beside every payload, so that its key is found again. */
  id: string;
  /** 32 bytes, for AES-256. */
  secret: Buffer;
}

const keyForm = /^([\w.-]{1,64}):([A-Za-z0-9+/_-]{43}=?)$/;

/**
 * Reads the list: the first key encrypts, every one of them decrypts.
 *
 * @param text `id:key,id:key`, each key 32 bytes in base64
 * @throws Error that says which entry is wrong, by its place and never by its value
 */
export const parsePayloadKeys = (text: string): PayloadKey[] => {
  const keys = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry, index) => {
      const [, id, secret] = keyForm.exec(entry) ?? [];
      if (id === undefined || secret === undefined) {
        throw new Error(`entry ${index + 1} is not of the form id:key with 32 bytes in base64`);
      }
      return { id, secret: Buffer.from(secret, 'base64url') };
    });
  if (keys.length === 0) throw new Error('it names no key');
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error('two keys have the same id');
  return keys;
};
