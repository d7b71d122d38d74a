/**
 * What Pipedrive says of a record, whether it came with a webhook or was read through the REST API: flat fields, as domain/pipedrive
 * has them, so that what is said can be compared with what is known and what is wanted.
 *
 * Lenient on purpose: a webhook is parsed key by key, keys may be missing, and only what cannot be meant at all is a fault.
 */
import { z } from 'zod';
import { customField, type Fields } from '../pipedrive/fields.ts';
import { isCountryCode } from '../values/countryCode.ts';
import { faultText } from '../values/faultText.ts';
import { isRecord, recordOf } from '../values/record.ts';
import { storableJson } from '../values/text.ts';
import { restValueOf } from './customFieldValue.ts';
import type { PipedriveEntity } from './envelope.ts';

/** Keys that are absent say nothing; those that are null say "empty". */
export type ReportParse = { ok: true; fields: Fields } | { ok: false; faults: string[] };

const maxInteger = 2_147_483_647;

/** Related records are plain ids; old shapes have an object with the id inside. */
const reference = z.preprocess((value) => {
  const holdsId = isRecord(value) && ('id' in value || 'value' in value);
  const inner = holdsId ? (value.id ?? value.value ?? null) : value;
  if (inner === '') return null;
  return typeof inner === 'string' && /^\d{1,10}$/.test(inner.trim()) ? Number(inner) : inner;
}, z.number().int().positive().max(maxInteger).nullable());

const text = z
  .union([z.string(), z.number()])
  .nullable()
  .transform((value) => (value === null ? null : String(value).trim()));

const detail = z.union([
  z.string().transform((value) => ({ value: value.trim(), label: 'work', primary: false })),
  z
    .looseObject({
      value: z.union([z.string(), z.number()]).nullish(),
      label: z.string().nullish(),
      primary: z.unknown().optional(),
    })
    .transform(({ value, label, primary }) => ({
      value: String(value ?? '').trim(),
      label: label === null || label === undefined || label === '' ? 'work' : label,
      primary: primary === true,
    })),
]);

/** A list of objects, a list of strings, or one string (PDP-02 to PDP-05). */
const details = z.preprocess(
  (value) => (typeof value === 'string' ? (value.trim() === '' ? [] : [value]) : value),
  z
    .array(detail)
    .nullable()
    .transform((list) => list?.filter(({ value }) => value !== '') ?? null),
);

const flag = z.preprocess(
  (value) => (value === 1 ? true : value === 0 ? false : value),
  z.boolean().nullable(),
);

const shapes = {
  organization: { name: text, owner_id: reference },
  person: {
    name: text,
    first_name: text,
    last_name: text,
    owner_id: reference,
    org_id: reference,
    emails: details,
    phones: details,
  },
  deal: {
    title: text,
    owner_id: reference,
    org_id: reference,
    person_id: reference,
    pipeline_id: reference,
    stage_id: reference,
    status: text,
  },
  pipeline: { name: text, active_flag: flag, is_deleted: flag },
  stage: { name: text, pipeline_id: reference, active_flag: flag, is_deleted: flag },
} as const satisfies Record<PipedriveEntity, Record<string, z.ZodType>>;

/** Names that other shapes have for the same thing. */
const aliases: ReadonlyMap<string, string> = new Map([
  ['email', 'emails'],
  ['phone', 'phones'],
]);

/**
 * The filled shape of an organization's address in webhooks is not known for sure: three are understood. Where Pipedrive spells the
 * country out in one place and gives its code in another, the code says more to Hermes.
 */
const addressOf = (record: Record<string, unknown>): Fields => {
  const parts = recordOf(record.address);
  const said = [parts.country, record.address_country, parts.country_code, record.country_code].filter(
    (value) => typeof value === 'string' && value !== '',
  );
  const country = said.find((value) => isCountryCode(value)) ?? said[0];
  if (country === undefined) return {};
  const value = typeof record.address === 'string' && record.address !== '' ? record.address : country;
  return { address: { value, ...parts, country } };
};

const customFieldsOf = (value: unknown): Fields => {
  const fields: Fields = {};
  if (!isRecord(value)) return fields;
  for (const [key, raw] of Object.entries(value)) {
    const rest = restValueOf(raw);
    if (rest === undefined) continue;
    fields[customField(key)] = typeof rest === 'string' ? rest.trim() : rest;
  }
  return fields;
};

/**
 * Reads a record.
 *
 * @param given `data` of a webhook, or a record of the REST API
 * @returns its fields, or the faults as "path: message" (no values: they are personal data)
 */
export const readReport = (entity: PipedriveEntity, given: unknown): ReportParse => {
  const record: unknown = JSON.parse(storableJson(given));
  if (!isRecord(record)) return { ok: false, faults: ['data: must be an object'] };
  const fields: Fields = {};
  const faults: string[] = [];
  const shape: Record<string, z.ZodType> = shapes[entity];
  for (const [key, raw] of Object.entries(record)) {
    const name = aliases.get(key) ?? key;
    // A sender may name a key like a method of every object.
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (schema === undefined || raw === undefined || (name !== key && name in record)) continue;
    const parsed = schema.safeParse(raw, { error: faultText });
    if (parsed.success) fields[name] = parsed.data;
    else faults.push(`${key}: ${parsed.error.issues[0]?.message ?? 'not valid'}`);
  }
  if (faults.length > 0) return { ok: false, faults };
  return {
    ok: true,
    fields: {
      ...fields,
      ...(entity === 'organization' ? addressOf(record) : {}),
      ...customFieldsOf(record.custom_fields),
    },
  };
};
