/** The extra attributes of a TC2 client that Hermes owns, and when they are written back (TCW). */
import { attributeText, valueOfAttribute } from './attributeValue.ts';
import { cleanAttribute } from './client.ts';

/** Attributes that are Hermes's by name; custom fields with a TC2 machine name join them. */
const ownAttributeNames = [
  'pipedrive_url',
  'pipedrive_id',
  'pipedrive_deal_stage',
  'pipedrive_pipeline',
] as const;

/**
 * Which of the attributes that Hermes owns a client carries, cleaned as tc2's values are.
 *
 * @param customNames TC2 machine names of custom fields
 */
export const knownAttributes = (
  attributes: ReadonlyMap<string, string>,
  customNames: readonly string[],
): Record<string, string> => {
  const known: Record<string, string> = {};
  for (const name of [...ownAttributeNames, ...customNames]) {
    const value = attributes.get(name);
    if (value !== undefined) known[name] = value;
  }
  return known;
};

/** A custom field that has a TC2 machine name, and what Hermes holds of it. */
export interface HeldValue {
  name: string;
  type: string;
  value: unknown;
}

/**
 * The attributes that custom fields stand for (TCW-05).
 *
 * @param known what the client was last known to hold: what says the same in other words ("£1,000") stays as it is there
 * @param admins Hermes ids of staff by TC2 id
 */
export const customAttributes = (
  held: readonly HeldValue[],
  known: Readonly<Record<string, unknown>>,
  admins: ReadonlyMap<number, number>,
): Record<string, string> => {
  const attributes: Record<string, string> = {};
  for (const { name, type, value } of held) {
    const said = type === 'user' ? [...admins].find(([, id]) => id === value)?.[0] : value;
    const text = attributeText(said);
    if (text === '') continue;
    const before = known[name];
    const isSaid =
      typeof before === 'string' &&
      attributeText(valueOfAttribute(type, before, admins)) === attributeText(value);
    attributes[name] = isSaid ? before : text;
  }
  return attributes;
};

/**
 * The attributes to send: those whose value became another. Values are compared cleaned, because TC2's answers are read so; they are
 * sent as they are, in their own case.
 *
 * @param known what the client was last known to hold, cleaned
 */
export const changedAttributes = (
  wanted: Readonly<Record<string, string>>,
  known: Readonly<Record<string, unknown>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => cleanAttribute(name, value) !== (known[name] ?? '')),
  );
