/** Values as Pipedrive's REST API takes them, by the type of the field. */
import { amountOf } from '../values/amount.ts';
import { dayOf } from '../values/moment.ts';
import { isRecord } from '../values/record.ts';

/** What Pipedrive says of a field; absent while it was never asked. */
export interface FieldDefinition {
  /** Pipedrive's field_type: varchar, text, double, monetary, enum, set, user, date, … */
  type: string;
  options: readonly { id: number | string; label: string | null }[] | null;
}

/** Longest text that a single-line field of Pipedrive holds. */
const maxVarchar = 255;

/** Longest text that a field of several lines holds ("65k"). */
const maxText = 65_000;

const cut = (text: string, length: number): string =>
  text.length <= length ? text : Array.from(text).slice(0, length).join('');

const asText = (value: unknown): string => {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'string') return value;
  return JSON.stringify(value) ?? '';
};

const asNumber = (value: unknown): number | undefined => {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return amountOf(isRecord(value) ? value.value : value);
};

/** Ways to say yes and no: a checkbox of TutorCruncher is an option with a label of its own in Pipedrive (SYN-69, TCC-48). */
const affirmations: readonly (readonly string[])[] = [
  ['yes', 'true', '1', 'on'],
  ['no', 'false', '0', 'off'],
];

/** The labels that a value may stand for, the best first. */
const labelsOf = (value: unknown): string[] => {
  const word = asText(value).trim().toLowerCase();
  const synonyms = affirmations.find((list) => list.includes(word)) ?? [];
  return [word, ...synonyms.filter((synonym) => synonym !== word)];
};

/** An option is named by its label in any case, or by its id. */
const optionId = (value: unknown, definition: FieldDefinition): number | undefined => {
  const options = definition.options ?? [];
  const labels = labelsOf(value);
  const [word] = labels;
  const option =
    labels
      .map((wanted) => options.find(({ label }) => (label ?? '').trim().toLowerCase() === wanted))
      .find((found) => found !== undefined) ?? options.find(({ id }) => String(id) === word);
  const id = Number(option?.id);
  return option !== undefined && Number.isInteger(id) ? id : undefined;
};

const optionIds = (value: unknown, definition: FieldDefinition): number[] | undefined => {
  const list = Array.isArray(value) ? (value as unknown[]) : asText(value).split(',');
  const ids = list.map((item) => optionId(item, definition)).filter((id) => id !== undefined);
  return ids.length === 0 ? undefined : ids;
};

/**
 * Converts a value of Hermes.
 *
 * @param value not empty
 * @param currency of amounts of money that bring none
 * @returns undefined for a value that the field cannot hold (an option that does not exist): it is left out, not guessed
 */
export const toPipedrive = (value: unknown, definition: FieldDefinition, currency: string): unknown => {
  switch (definition.type) {
    case 'double':
    case 'int':
      return asNumber(value);
    case 'monetary': {
      if (isRecord(value) && 'value' in value) return value;
      const amount = asNumber(value);
      return amount === undefined ? undefined : { value: amount, currency };
    }
    case 'enum':
      return optionId(value, definition);
    case 'set':
      return optionIds(value, definition);
    case 'date':
      // The calendar day in UTC (CF-15, TCC-47).
      return dayOf(value) ?? undefined;
    case 'user':
    case 'org':
    case 'people':
      return asNumber(value);
    case 'varchar':
    case 'varchar_auto':
    case 'phone':
      return cut(asText(value), maxVarchar);
    case 'text':
      return cut(asText(value), maxText);
    case 'address':
      return isRecord(value) ? value : { value: asText(value) };
    default:
      // Times and ranges have parts, which a value of ours may carry as an object.
      return typeof value === 'object' ? value : asText(value);
  }
};
