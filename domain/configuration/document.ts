/**
 * The configuration file's shape: what each key may hold, taken alone. What the parts say together is judged in `rules/`.
 *
 * Every key of a row may be left out but the one that names the row: an existing row keeps what it has, and whether a new
 * row lacks something is known only when the existing ones are.
 */
import { z } from 'zod';
import { pricePlans, type PricePlan } from '../company/terms.ts';
import { regions } from '../roundRobin/regions.ts';
import { entities, mappedFields } from './fieldNames.ts';
import { fieldTypeNames } from './fieldTypes.ts';

/** PostgreSQL's integer ends there. */
const maxId = 2_147_483_647;

const said = (message: string) => ({ error: message });
const id = z
  .int(said(`must be a whole number from 1 to ${maxId}`))
  .min(1)
  .max(maxId);
const text = z
  .string(said('must be text; quotes make a text of it'))
  .refine((text) => !text.includes('\u0000'), said('must not contain NUL, which PostgreSQL cannot store'))
  .refine(
    (text) => text.isWellFormed(),
    said('must not contain half of a surrogate pair, which is no character'),
  );
const clock = z
  .string(said('must be a time HH:MM in quotes'))
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, said('must be a time HH:MM'));
const minutes = (least: number) => {
  const error = `must be a whole number of minutes from ${least} to 1440`;
  return z.int(said(error)).min(least, said(error)).max(1440, said(error));
};

export const roles = ['sales', 'support', 'bdr'] as const;
export const plans = pricePlans;
export type Plan = PricePlan;
export { regions };

const someOf = <const T extends readonly string[]>(names: T) =>
  z.array(
    z.enum(names, said(`must be one of ${names.join(', ')}`)),
    said(`must be a list of ${names.join(', ')}`),
  );

const pipedriveKey = z
  .string(said('must be the key of a Pipedrive field; quotes make a text of it'))
  .regex(/^[\w-]{1,100}$/, said('must be the key of a Pipedrive field: letters, digits, _ and - only'));

export const meetingsSchema = z.strictObject({
  duration_mins: minutes(1).optional(),
  buffer_mins: minutes(0).optional(),
  min_start: clock.optional(),
  max_end: clock.optional(),
});

export const adminSchema = z.strictObject({
  id,
  first_name: text.optional(),
  last_name: text.optional(),
  username: text.optional(),
  timezone: text.optional(),
  tc2_admin_id: id.nullable().optional(),
  pd_owner_id: id.nullable().optional(),
  roles: someOf(roles).optional(),
  plans: someOf(plans).optional(),
  regions: someOf(regions).optional(),
});

export const pipelineSchema = z.strictObject({
  pd_pipeline_id: id,
  name: text.optional(),
  default_entry_stage: id.nullable().optional(),
});

export const stageSchema = z.strictObject({
  pd_stage_id: id,
  name: text.optional(),
  pd_pipeline_id: id.nullable().optional(),
});

export const pricePlansSchema = z.strictObject({
  payg: id.nullable().optional(),
  startup: id.nullable().optional(),
  enterprise: id.nullable().optional(),
});

const fieldMap = (names: Readonly<Record<string, unknown>>) =>
  z.strictObject(
    Object.fromEntries(Object.keys(names).map((name) => [name, pipedriveKey.nullable().optional()])),
  );

/** One schema per entity; null takes a name out of the map. */
export const fieldMapSchemas = {
  organization: fieldMap(mappedFields.organization),
  deal: fieldMap(mappedFields.deal),
  person: fieldMap(mappedFields.person),
};

export const customFieldSchema = z.strictObject({
  machine_name: text.optional(),
  name: text.optional(),
  entity: z.enum(entities, said(`must be one of ${entities.join(', ')}`)),
  type: z.enum(fieldTypeNames, said(`must be one of ${fieldTypeNames.join(', ')}`)).optional(),
  pipedrive_key: pipedriveKey.nullable().optional(),
  column: text.nullable().optional(),
  tc2_machine_name: text.nullable().optional(),
});

export type MeetingsEntry = z.infer<typeof meetingsSchema>;
export type AdminEntry = z.infer<typeof adminSchema>;
export type PipelineEntry = z.infer<typeof pipelineSchema>;
export type StageEntry = z.infer<typeof stageSchema>;
export type PricePlansEntry = z.infer<typeof pricePlansSchema>;
export type CustomFieldEntry = z.infer<typeof customFieldSchema>;
