/** Reads an answer's body without ever holding more than a given number of bytes. */

/** The body is larger than the caller allows. */
export class BodyTooLarge extends Error {
  override name = 'BodyTooLarge';
}

/**
 * The body as text (UTF-8).
 *
 * The limit counts decoded bytes, so a small compressed answer cannot unfold without end.
 *
 * @throws BodyTooLarge once the limit is passed; the rest is not read
 */
export const readBounded = async (response: Response, maxBytes: number): Promise<string> => {
  if (response.body === null) return '';
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > maxBytes) {
      // Best effort: the connection is of no more use, and the limit is the error to report.
      await reader.cancel().catch(() => undefined);
      throw new BodyTooLarge(`The answer is larger than ${maxBytes} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
};
