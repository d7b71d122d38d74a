/** Reads an answer's body without ever holding more than a given number of bytes. */
import type { Readable } from 'node:stream';

/** The body is larger than the caller allows. */
export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';

  constructor(maxBytes: number) {
    super(`The answer is larger than ${maxBytes} bytes`);
  }
}

/**
 * The whole body as it came over the wire.
 *
 * @throws BodyTooLarge once the limit is passed; the rest is not read, and the connection is closed
 */
export const readBounded = (body: Readable, maxBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    // The listeners stay: a body that is destroyed emits an error that nobody else would hear.
    body.on('error', reject);
    body.on('end', () => resolve(Buffer.concat(chunks, size)));
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) body.destroy(new BodyTooLarge(maxBytes));
      else chunks.push(chunk);
    });
  });
