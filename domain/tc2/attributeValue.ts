/**
 * Values of custom fields as TutorCruncher's extra attributes hold them, which is text, and back (TCW-05, TCC-37). Staff go by their
 * ids in TutorCruncher there, and by Hermes's own here.
 */
import { amountOf } from '../values/amount.ts';
import { identifierOf } from '../values/identifier.ts';
import { dayOf, momentOf } from '../values/moment.ts';
import { isRecord } from '../values/record.ts';

export type AttributeValue = string | number | boolean;

const truths: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['false', false],
  ['no', false],
]);

/**
 * What an attribute says to a field of a type.
 *
 * @param attribute cleaned as `cleanAttribute` does it: in lower case
 * @param admins Hermes ids by TC2 id
 * @returns undefined for what the field cannot hold: it is left out, the rest of the client is applied (CF-14)
 */
export const valueOfAttribute = (
  type: string,
  attribute: string,
  admins: ReadonlyMap<number, number>,
): AttributeValue | undefined => {
  switch (type) {
    case 'boolean':
      return truths.get(attribute) ?? attribute;
    case 'number':
    case 'money':
      return amountOf(attribute);
    case 'date':
      return dayOf(attribute) ?? undefined;
    case 'datetime': {
      const moment = attribute.toUpperCase();
      return momentOf(moment) === null ? undefined : moment;
    }
    case 'user':
      return admins.get(identifierOf(attribute) ?? 0);
    default:
      return attribute;
  }
};

/** A value as text: an amount without its currency, the labels of a set side by side. Empty for no value. */
export const attributeText = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (Array.isArray(value)) return value.map(attributeText).join(', ');
  if (isRecord(value) && 'value' in value) return attributeText(value.value);
  return typeof value === 'string' ? value : JSON.stringify(value);
};
