/** Compressed bodies: RFC 9110, section 8.4. */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { BodyTooLarge } from './boundedBody.ts';

/** What to ask for: the codings that `decodeBounded` knows. */
export const acceptedCodings = 'gzip, deflate, br';

type Decoder = (bytes: Buffer, maxBytes: number) => Promise<Buffer>;

const gunzip = promisify(zlib.gunzip);
const inflate = promisify(zlib.inflate);
const inflateRaw = promisify(zlib.inflateRaw);
const brotliDecompress = promisify(zlib.brotliDecompress);

// A body that ends too early gives what there is of it, as with browsers; whether that is JSON shows later.
const lenient = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
const lenientBrotli = { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH };

const ungzip: Decoder = (bytes, maxOutputLength) => gunzip(bytes, { ...lenient, maxOutputLength });

/** By the RFC deflate has zlib's header; some servers leave it out. */
const undeflate: Decoder = (bytes, maxOutputLength) => {
  const hasHeader = ((bytes[0] ?? 0) & 0x0f) === 0x08;
  return (hasHeader ? inflate : inflateRaw)(bytes, { ...lenient, maxOutputLength });
};

const unbrotli: Decoder = (bytes, maxOutputLength) =>
  brotliDecompress(bytes, { ...lenientBrotli, maxOutputLength });

const decoders: ReadonlyMap<string, Decoder> = new Map([
  ['gzip', ungzip],
  ['x-gzip', ungzip],
  ['deflate', undeflate],
  ['br', unbrotli],
]);

/** More than one is rare; without a limit a header could ask for hundreds. */
const mostCodings = 5;

/** The decoders in the order in which they undo the codings; none when one of them is not known. */
const decodersOf = (contentEncoding: string): Decoder[] => {
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => decoders.get(coding.trim()));
  const known = codings.filter((decoder) => decoder !== undefined);
  return known.length === codings.length && known.length <= mostCodings ? known.toReversed() : [];
};

const isTooLong = (error: unknown): boolean =>
  error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';

/**
 * The body without its codings; as it is when a coding is not known.
 *
 * Decoding stops at the limit, so a small body cannot unfold without end.
 *
 * @param contentEncoding the header of this name
 * @throws BodyTooLarge once the limit is passed
 * @throws zlib's error when the body is not in its coding
 */
export const decodeBounded = async (
  body: Buffer,
  contentEncoding: string | null,
  maxBytes: number,
): Promise<Buffer> => {
  if (contentEncoding === null || body.length === 0) return body;
  let decoded = body;
  try {
    for (const decode of decodersOf(contentEncoding)) decoded = await decode(decoded, maxBytes);
  } catch (error) {
    throw isTooLong(error) ? new BodyTooLarge(maxBytes) : error;
  }
  return decoded;
};
