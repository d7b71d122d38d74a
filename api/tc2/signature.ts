import { createHmac, timingSafeEqual } from 'node:crypto';

const hexSha256 = /^[0-9a-f]{64}$/i;

/**
 * Whether `signature` is the hexadecimal HMAC-SHA256 of the bytes under one of the keys (TCA-01 to TCA-03).
 *
 * Constant time per key; a header that is missing, not hexadecimal or not ASCII is simply wrong. Two keys are live during a rotation.
 *
 * @param keys without the undefined and empty ones; no key means that nothing is accepted
 */
export const isSignedBy = (
  body: Buffer,
  signature: string | undefined,
  keys: readonly (string | undefined)[],
): boolean => {
  if (signature === undefined || !hexSha256.test(signature)) return false;
  const given = Buffer.from(signature, 'hex');
  let valid = false;
  for (const key of keys) {
    if (key === undefined || key === '') continue;
    const expected = createHmac('sha256', key).update(body).digest();
    valid = timingSafeEqual(expected, given) || valid;
  }
  return valid;
};
