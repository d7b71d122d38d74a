import { z } from 'zod';

/** Longest name that the tables of the earlier service held. */
export const maxNameLength = 255;

/** Removes what PostgreSQL's text cannot hold: NUL, and halves of surrogate pairs. */
export const storable = (text: string): string => text.replaceAll('\u0000', '').toWellFormed();

/** Trimmed and cut to 255 characters; null when nothing is left. */
export const nameOf = (value: unknown): string | null => {
  if (typeof value !== 'string') return null;
  const text = storable(value).trim();
  return text === '' ? null : Array.from(text).slice(0, maxNameLength).join('').trimEnd();
};

/** Optional text as the senders write it: absent, null and "" are the same. */
export const optionalText = z.preprocess(
  (value) => (typeof value === 'number' ? String(value) : value),
  z
    .string()
    .nullish()
    .transform((value) => nameOf(value)),
);

const storableMember = (value: unknown): unknown => {
  if (typeof value === 'string') return storable(value);
  if (Array.isArray(value)) return value.map(storableMember);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [storable(name), storableMember(member)]),
  );
};

/** How JSON.stringify writes what jsonb refuses. */
const refusedEscape = /\\u(?:0000|d[89a-f])/;

/** JSON text that PostgreSQL's jsonb takes: it refuses NUL and halves of surrogate pairs even where they are escaped. */
export const storableJson = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'null';
  return refusedEscape.test(text) ? JSON.stringify(storableMember(JSON.parse(text))) : text;
};
