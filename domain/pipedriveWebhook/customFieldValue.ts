/**
 * Values of custom fields as webhooks send them, brought into the form in which the REST API reads and writes them.
 *
 * Webhooks wrap a value with its type: `{type: 'varchar', value: '42'}`, `{type: 'user', id: 101}`, `{type: 'set', values: [{id: 3}]}`.
 */
import { isRecord } from '../values/record.ts';

const idTypes: readonly unknown[] = ['enum', 'user', 'org', 'people'];

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value));

const idOf = (item: unknown): unknown => (isRecord(item) ? item.id : item);

const listOf = (items: readonly unknown[]): unknown => {
  const ids = items.map(idOf).filter(isPlain);
  return ids.length === items.length ? ids : undefined;
};

const rangeOf = ({ from, until, timezone_id: zone }: Record<string, unknown>): Record<string, unknown> => ({
  value: from,
  until,
  ...(zone === undefined ? {} : { timezone_id: zone }),
});

/**
 * The value as REST has it.
 *
 * @param raw what stands under the field's key
 * @returns null for an empty field; undefined for a shape that nobody has described, which then says nothing (CF-07)
 */
export const restValueOf = (raw: unknown): unknown => {
  if (raw === null || raw === undefined) return null;
  if (isPlain(raw)) return raw;
  if (Array.isArray(raw)) return listOf(raw);
  if (!isRecord(raw)) return undefined;
  const { type, ...parts } = raw;
  if (Array.isArray(parts.values)) return listOf(parts.values);
  if (idTypes.includes(type) || ('id' in parts && !('value' in parts))) {
    return parts.id === null || isPlain(parts.id) ? parts.id : undefined;
  }
  if ('from' in parts) return rangeOf(parts);
  if (!('value' in parts)) return undefined;
  const { value } = parts;
  if (value === null) return null;
  // Money, times and addresses keep their parts; all else is the value alone.
  if (Object.keys(parts).length > 1) return isPlain(value) ? parts : undefined;
  if (Array.isArray(value)) return listOf(value);
  return isPlain(value) ? value : undefined;
};
