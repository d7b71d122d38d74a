/** Names of people as visitors type them into the booking form. */
import { maxNameLength, storable } from '../values/text.ts';

export interface PersonName {
  firstName: string | null;
  lastName: string;
}

/** More is not looked at: both parts together, and spaces to spare. */
const maxTyped = 4 * maxNameLength;

const cut = (text: string): string => Array.from(text).slice(0, maxNameLength).join('');

/** Every run of letters begins with a capital and goes on in small letters: "nell o'HARA-smith" is "Nell O'Hara-Smith". */
export const titleCase = (text: string): string =>
  text.replace(/[\p{L}\p{M}]+/gu, (word) => {
    const [first = '', ...rest] = Array.from(word);
    return first.toUpperCase() + rest.join('').toLowerCase();
  });

/**
 * Splits a name at its first space. A single word is a last name (CBS-39); each part is cut to 255 characters (CBS-21).
 *
 * @returns null when nothing but spaces was typed
 */
export const personName = (typed: string): PersonName | null => {
  const name = titleCase(
    storable(typed.trimStart().slice(0, maxTyped)).normalize('NFC').trim().replace(/\s+/g, ' '),
  );
  if (name === '') return null;
  const space = name.indexOf(' ');
  if (space === -1) return { firstName: null, lastName: cut(name) };
  return { firstName: cut(name.slice(0, space)), lastName: cut(name.slice(space + 1)) };
};
