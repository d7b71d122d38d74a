/** The headers of an answer. */

/** Reads a header by its name in any case; a header that came more than once is joined by commas, as by `Headers`. */
export type AnswerHeaders = Pick<Headers, 'get'>;

/** @param received by their names in lower case */
export const answerHeaders = (
  received: Readonly<Record<string, string | string[] | undefined>>,
): AnswerHeaders => ({
  get: (name) => {
    const key = name.toLowerCase();
    const value = Object.hasOwn(received, key) ? received[key] : undefined;
    return Array.isArray(value) ? value.join(', ') : (value ?? null);
  },
});
