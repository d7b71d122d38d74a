/**
 * Encrypts what Temporal stores of arguments, results, summaries and, with encoded failures, messages and stacks: AES-256-GCM, a fresh
 * nonce for every payload. Ids, types, queue names and search attributes are never encrypted; Hermes puts nothing personal into them.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import type { PayloadKey } from './payloadKeys.ts';

/** How the metadata of an encrypted payload says so, in the words of Temporal's samples. */
const encrypted = 'binary/encrypted';
const encodingField = 'encoding';
const keyField = 'encryption-key-id';

const cipherName = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

type Metadata = Record<string, Uint8Array>;

const textOf = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

const pack = ({ metadata, data }: Payload): Buffer =>
  Buffer.from(
    JSON.stringify({
      metadata: Object.fromEntries(
        Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
      ),
      data: Buffer.from(data ?? []).toString('base64'),
    }),
  );

const unpack = (bytes: Buffer): Payload => {
  const { metadata, data } = JSON.parse(bytes.toString('utf8')) as {
    metadata: Record<string, string>;
    data: string;
  };
  return {
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')]),
    ) satisfies Metadata,
    data: Buffer.from(data, 'base64'),
  };
};

const encrypt = (payload: Payload, key: PayloadKey): Payload => {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(cipherName, key.secret, nonce).setAAD(Buffer.from(key.id));
  const sealed = Buffer.concat([cipher.update(pack(payload)), cipher.final(), cipher.getAuthTag()]);
  return {
    metadata: { [encodingField]: Buffer.from(encrypted), [keyField]: Buffer.from(key.id) },
    data: Buffer.concat([nonce, sealed]),
  };
};

const decrypt = (payload: Payload, key: PayloadKey): Payload => {
  const data = Buffer.from(payload.data ?? []);
  const decipher = createDecipheriv(cipherName, key.secret, data.subarray(0, nonceBytes))
    .setAAD(Buffer.from(key.id))
    .setAuthTag(data.subarray(-tagBytes));
  const packed = Buffer.concat([decipher.update(data.subarray(nonceBytes, -tagBytes)), decipher.final()]);
  return unpack(packed);
};

/** @param keys the first one encrypts; all of them decrypt, so that what was written before a rotation stays readable */
export const payloadCodec = (keys: readonly [PayloadKey, ...PayloadKey[]]): PayloadCodec => {
  const byId = new Map(keys.map((key) => [key.id, key]));
  const open = (payload: Payload): Payload => {
    // From before encryption was switched on.
    if (textOf(payload.metadata?.[encodingField]) !== encrypted) return payload;
    const id = textOf(payload.metadata?.[keyField]);
    const key = byId.get(id);
    if (key === undefined) throw new Error(`TEMPORAL_PAYLOAD_KEYS has no key "${id}"`);
    return decrypt(payload, key);
  };
  return {
    encode: (payloads) => Promise.resolve(payloads.map((payload) => encrypt(payload, keys[0]))),
    // What is thrown inside rejects.
    decode: (payloads) => Promise.resolve().then(() => payloads.map(open)),
  };
};
