/** E-mail addresses and phone numbers of a person. Pipedrive replaces the whole list with every write. */
import { isEmpty } from './fields.ts';

interface Detail {
  value: string;
  label: string;
  primary: boolean;
}

const detailsOf = (list: unknown): Detail[] => {
  if (!Array.isArray(list)) return [];
  return list
    .map((item: unknown): Detail | null => {
      if (typeof item === 'string') return { value: item, label: 'work', primary: false };
      if (typeof item !== 'object' || item === null) return null;
      const { value, label, primary } = item as Record<string, unknown>;
      if (typeof value !== 'string' || value === '') return null;
      return {
        value,
        label: typeof label === 'string' && label !== '' ? label : 'work',
        primary: primary === true,
      };
    })
    .filter((item) => item !== null);
};

const comparable = (value: string): string => value.toLowerCase().replaceAll(/[\s()-]/g, '');

/**
 * The list to write so that the wanted value is the primary one, or null when nothing has to be written. What sales staff added
 * stays in the list; a value that is there already, primary or not, is left as it is.
 */
export const mergedDetails = (wanted: unknown, known: unknown): Detail[] | null => {
  const [first] = detailsOf(wanted);
  if (first === undefined) return null;
  const held = isEmpty(known) ? [] : detailsOf(known);
  if (held.some(({ value }) => comparable(value) === comparable(first.value))) return null;
  return [first, ...held.map((item) => ({ ...item, primary: false }))];
};
