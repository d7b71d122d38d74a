const quote = 0x22;
const backslash = 0x5c;
/** "[" and "{", "]" and "}" differ in this bit only. */
const curly = 0x20;
const opening = 0x7b;
const closing = 0x7d;

/**
 * Whether JSON text nests deeper than `limit`, found without parsing it: brackets inside strings do not count.
 *
 * Recursive code downstream would overflow its stack on a megabyte of "[".
 */
export const exceedsDepth = (json: Buffer, limit: number): boolean => {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < json.length; index += 1) {
    const byte = json[index] as number;
    if (inString) {
      if (byte === backslash) index += 1;
      else if (byte === quote) inString = false;
    } else if (byte === quote) {
      inString = true;
    } else if ((byte | curly) === opening) {
      depth += 1;
      if (depth > limit) return true;
    } else if ((byte | curly) === closing) {
      depth -= 1;
    }
  }
  return false;
};
