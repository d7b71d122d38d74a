/** Values of Pipedrive as the columns of Hermes hold them: the way back of domain/pipedrive/fieldValue.ts. */
import { dateFields, isPricePlan, isStaffField } from '../company/terms.ts';
import type { FieldDefinition } from '../pipedrive/fieldValue.ts';
import { count, identifierOf } from '../values/identifier.ts';
import { momentOf } from '../values/moment.ts';
import { isRecord } from '../values/record.ts';
import { maxNameLength } from '../values/text.ts';

/** Hermes admin by Pipedrive user id. */
export type AdminsByOwner = ReadonlyMap<number, number>;

const labelOf = (value: unknown, definition: FieldDefinition): string | undefined =>
  (definition.options ?? []).find(({ id }) => String(id) === String(value))?.label ?? undefined;

/** Text of a value; an option's label stands for its id, an amount for its money. */
const textOf = (value: unknown, definition: FieldDefinition): string | undefined => {
  if (definition.type === 'enum') return labelOf(value, definition);
  if (definition.type === 'set' && Array.isArray(value)) {
    const labels = value.map((item) => labelOf(item, definition));
    return labels.includes(undefined) ? undefined : labels.join(', ');
  }
  if (isRecord(value)) return textOf(value.value, { type: 'text', options: null });
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};

/**
 * What a column of a company, contact or deal becomes.
 *
 * @param value not empty, as REST has it
 * @returns undefined for what the column cannot hold: it is left out, the rest of the event is applied (CF-14)
 */
export const columnValueOf = (
  column: string,
  value: unknown,
  definition: FieldDefinition,
  admins: AdminsByOwner,
): string | number | Date | undefined => {
  if (isStaffField(column)) return admins.get(identifierOf(value) ?? 0);
  if (dateFields.includes(column)) return momentOf(value) ?? undefined;
  if (column === 'paid_invoice_count') {
    const parsed = count.safeParse(typeof value === 'string' ? value.replace(/\.0+$/, '') : value);
    return parsed.success ? parsed.data : undefined;
  }
  const text = textOf(value, definition)?.trim();
  if (text === undefined || text === '') return undefined;
  if (column === 'price_plan') {
    const plan = text.toLowerCase();
    return isPricePlan(plan) ? plan : undefined;
  }
  return column === 'signup_questionnaire' ? text : Array.from(text).slice(0, maxNameLength).join('');
};

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['yes', true],
  ['true', true],
  ['1', true],
  ['no', false],
  ['false', false],
  ['0', false],
]);

/**
 * The value of a custom field that has no column, by its configured type (CF-02, CF-13, CF-16).
 *
 * @returns undefined for what the field cannot hold
 */
export const customValueOf = (
  type: string,
  value: unknown,
  definition: FieldDefinition,
  admins: AdminsByOwner,
): unknown => {
  if (type === 'user') return admins.get(identifierOf(value) ?? 0);
  if (type === 'money' && isRecord(value)) return value;
  if (type === 'set' && Array.isArray(value)) {
    const labels = value.map((item) => labelOf(item, definition) ?? item);
    return labels.every((label) => typeof label === 'string' || typeof label === 'number')
      ? labels
      : undefined;
  }
  const text = textOf(value, definition)?.trim();
  if (text === undefined || text === '') return undefined;
  if (type === 'boolean') return booleans.get(text.toLowerCase()) ?? text;
  if (type === 'number' || type === 'integer')
    return Number.isFinite(Number(text)) ? Number(text) : undefined;
  if (type === 'date') return momentOf(text)?.toISOString().slice(0, 10);
  return text;
};
