/** What of a person a contact takes over. */
import { isEmpty, type Fields } from '../pipedrive/fields.ts';
import { nameOf } from '../values/text.ts';

export interface PersonName {
  first_name: string | null;
  last_name: string | null;
}

/** Split at the first space; a single word is the last name (PDP-01). Null for no name at all, which keeps what is held (PDP-08). */
export const nameParts = (name: unknown): PersonName | null => {
  const whole = nameOf(name);
  if (whole === null) return null;
  const space = whole.indexOf(' ');
  return space < 0
    ? { first_name: null, last_name: whole }
    : { first_name: whole.slice(0, space), last_name: nameOf(whole.slice(space + 1)) };
};

/** The name of a person's report; first and last name stand in where `name` is missing. */
export const personNameOf = (fields: Fields): string | null =>
  nameOf(fields.name) ??
  nameOf(
    [fields.first_name, fields.last_name]
      .filter((part): part is string => typeof part === 'string' && part !== '')
      .join(' '),
  );

/** The primary one of a list, else the first (PDP-02 to PDP-05). */
export const primaryOf = (details: unknown): string | null => {
  if (!Array.isArray(details) || isEmpty(details)) return null;
  const list = details as { value: string; primary: boolean }[];
  return nameOf((list.find(({ primary }) => primary) ?? list[0])?.value);
};
