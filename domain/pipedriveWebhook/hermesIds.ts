import { identifierOf } from '../values/identifier.ts';

/**
 * The ids in a `hermes_id` field: one, or several after a merge ("42, 43"). What is no id is none (PDM-11, PDM-15).
 *
 * @returns in the order given, each once
 */
export const hermesIdsIn = (value: unknown): number[] => {
  if (typeof value !== 'string' && typeof value !== 'number') return [];
  const parts = String(value)
    .split(',')
    // A field of type number may come back with a fraction.
    .map((part) => identifierOf(part.trim().replace(/\.0+$/, '')));
  return parts.includes(null) ? [] : [...new Set(parts.filter((id) => id !== null))];
};
