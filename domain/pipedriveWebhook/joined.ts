/**
 * Values that Pipedrive joined when it merged records: "payg, startup". They are never copied (PDM-26 to PDM-32).
 *
 * A single value may contain commas, too, and is copied (PDM-28, PDD-34). What a value is, is decided by what a field can hold, by
 * what Hermes holds, and for free text by whether the event is about a merge.
 */
import { isPricePlan } from '../company/terms.ts';

const separator = ', ';

const isUrl = (text: string): boolean => /^(https?:\/\/|www\.)\S+$|^[\w-]+(\.[\w-]+)+(\/\S*)?$/i.test(text);
const isEmail = (text: string): boolean => /^[^\s@,]+@[^\s@,]+$/.test(text);
const isPhone = (text: string): boolean => /^\+?[\d\s().-]{6,}$/.test(text);
const isNumber = (text: string): boolean => /^[^\d\s]{0,3}\d[\d.,]*$/.test(text);
const isWord = (text: string): boolean => /^[\w-]+$/.test(text);

/** What each half of a joined value looks like, by the field's name. */
const halves = new Map<string, (text: string) => boolean>([
  ['price_plan', isPricePlan],
  ['tc2_status', isWord],
  ['website', isUrl],
  ['paid_invoice_count', isNumber],
  ['estimated_income', isNumber],
  ['gclid', isWord],
  ['tc2_cligency_url', isUrl],
  ['email', isEmail],
  ['phone', isPhone],
]);

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/** Splits where two values may have been joined: not inside brackets or quotation marks. */
export const splitJoined = (text: string): string[] => {
  if (!/^[[{(]/.test(text)) return text.split(separator);
  const parts: string[] = [];
  const open: string[] = [];
  let quote: string | null = null;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index] ?? '';
    if (quote !== null) {
      if (char === '\\') index += 1;
      else if (char === quote) quote = null;
    } else if ((char === '"' || char === "'") && open.length > 0) quote = char;
    else if (closing[char] !== undefined) open.push(closing[char]);
    else if (char === open.at(-1)) open.pop();
    else if (open.length === 0 && text.startsWith(separator, index)) {
      parts.push(text.slice(start, index));
      start = index + separator.length;
    }
  }
  return [...parts, text.slice(start)];
};

export interface JoinedContext {
  /** The event tells of a merge: by its meta, or by a hermes_id that lists several. */
  merging: boolean;
  /** What the record holds in Hermes, or was known to hold in Pipedrive. */
  held: readonly unknown[];
}

/**
 * Whether a value was made by joining two.
 *
 * @param name the field's name in Hermes; a custom field's machine name
 */
export const isJoined = (name: string, value: unknown, { merging, held }: JoinedContext): boolean => {
  if (typeof value !== 'string' || !value.includes(separator)) return false;
  if (held.includes(value)) return false;
  const parts = splitJoined(value).map((part) => part.trim());
  if (parts.length < 2) return false;
  const isHalf = halves.get(name);
  if (isHalf !== undefined && parts.every(isHalf)) return true;
  const own = held.filter((one): one is string => typeof one === 'string' && one !== '');
  if (own.some((one) => value.startsWith(one + separator) || value.endsWith(separator + one))) return true;
  // Two questionnaires side by side are no questionnaire.
  if (parts.every((part) => /^[[{]/.test(part))) return true;
  return merging;
};
