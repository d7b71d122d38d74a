/** The extra attributes of a TC2 client that Hermes owns, and when they are written back (TCW). */
import { cleanAttribute } from './client.ts';

/** Attributes that are Hermes's by name; custom fields with a TC2 machine name join them. */
export const ownAttributeNames = [
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
