import { createHmac, timingSafeEqual } from 'node:crypto';

const hexSha256 = /^[0-9a-f]{64}$/;

/**
 * Whether `signature` is the lower-case hexadecimal HMAC-SHA256 of the bytes under one of the keys (TCA-01 to TCA-03).
 *
 * Constant time per key; a header that is empty, not hexadecimal or not ASCII is simply wrong. Two keys are live during a rotation.
 *
 * @param keys undefined and empty ones are none; without a key nothing is accepted
 */
export const isSignedBy = (
  body: Buffer,
  signature: string,
  keys: readonly (string | undefined)[],
): boolean => {
  if (!hexSha256.test(signature)) return false;
  const given = Buffer.from(signature, 'hex');
  let valid = false;
  for (const key of keys) {
    if (key === undefined || key === '') continue;
    const expected = createHmac('sha256', key).update(body).digest();
    valid = timingSafeEqual(expected, given) || valid;
  }
  return valid;
};
