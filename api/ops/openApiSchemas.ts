/** What the API answers and takes, as schemas of its description. Requests are described by the schemas that parse them. */
import { z } from 'zod';
import { pricePlans } from '../../domain/company/terms.ts';

/** The part of the JSON Schema of an input that a description may say better than the parser can. */
export type Described = Record<string, Record<string, unknown>>;

const dateTime = { type: 'string', format: 'date-time' };

/** Fields whose parser takes anything and decides by itself: what they are meant to be. */
const fieldNotes: Described = {
  start_dt: { ...dateTime, description: 'ISO 8601 (UTC without an offset) or epoch seconds' },
  end_dt: { ...dateTime, description: 'At most 62 days after start_dt' },
  meeting_dt: {
    ...dateTime,
    description: 'In the future. ISO 8601 (UTC without an offset) or epoch seconds',
  },
  bdr_person_id: { type: ['integer', 'string', 'null'], description: 'What is no id is left out' },
  e: { type: 'integer', description: 'When the link expires, epoch seconds' },
  s: { type: 'string', description: 'Signature' },
};

interface ObjectSchema {
  properties: Record<string, object>;
  required: string[];
}

/**
 * The JSON Schema of what a parser takes: numbers may arrive as strings, optional text as "".
 *
 * @param schema of an object
 */
export const inputSchema = (schema: z.ZodType): ObjectSchema & Record<string, unknown> => {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const { properties = {}, required = [] } = json as Partial<ObjectSchema>;
  const described = Object.entries(properties).map(([name, property]) => [
    name,
    { ...property, ...fieldNotes[name] },
  ]);
  return {
    ...json,
    properties: Object.fromEntries(described) as Record<string, object>,
    required: required.filter((name) => !accepts(schema, name)),
  };
};

/** Whether the parser does without the field, which its JSON Schema cannot always say. */
const accepts = (schema: z.ZodType, name: string): boolean => {
  const parsed = schema.safeParse({});
  return !parsed.error?.issues.some(({ path }) => path[0] === name);
};

export const ok = z.object({ status: z.literal('ok') });

export const error = z.object({
  status: z.literal('error'),
  message: z.string().meta({ description: 'For a person to read' }),
});

export const validationFault = error.extend({
  detail: z.array(
    z.object({
      loc: z
        .array(z.union([z.string(), z.number()]))
        .meta({ description: 'Which part of the request, then the way to the field' }),
      msg: z.string(),
      type: z.string(),
    }),
  ),
});

export const admin = z.object({
  id: z.int(),
  first_name: z.string(),
  last_name: z.string(),
  email: z.string(),
  tc2_admin_id: z.int().nullable(),
  pd_owner_id: z.int().nullable(),
});

export const company = z.object({
  id: z.int(),
  name: z.string(),
  tc2_agency_id: z.int().nullable(),
  tc2_cligency_id: z.int().nullable(),
  pd_org_id: z.int().nullable(),
  country: z.string().nullable(),
  price_plan: z.enum(pricePlans),
});

export const slots = ok.extend({
  slots: z
    .array(z.tuple([z.iso.datetime({ offset: true }), z.iso.datetime({ offset: true })]))
    .meta({ description: 'Start and end of each free slot, UTC' }),
});

export const meeting = ok.extend({
  meeting: z.object({
    status: z.enum(['PLANNED', 'CANCELED', 'NO_SHOW', 'COMPLETED']),
    meeting_type: z.enum(['sales', 'support']),
    start: z.iso.datetime(),
    end: z.iso.datetime(),
    admin: z.string(),
  }),
});

export const ready = ok.extend({ database: z.literal('ok'), temporal: z.literal('ok') });
export const notReady = error.extend({
  database: z
    .enum(['ok', 'unreachable', 'unmigrated'])
    .meta({ description: 'unmigrated: the schema is older than this release' }),
  temporal: z.enum(['ok', 'unreachable', 'unprepared']).meta({
    description:
      'unprepared: the namespace is unknown or lacks the search attributes, or the worker of this process does not run yet',
  }),
});

/** The envelopes of the senders: their contents are theirs to describe. */
export const tc2Delivery = z.looseObject({
  events: z.array(z.looseObject({ action: z.string(), subject: z.looseObject({}) })),
});
export const sourceDelivery = z.looseObject({});
export const pipedriveDelivery = z.looseObject({
  meta: z.looseObject({ action: z.string(), entity: z.string(), entity_id: z.string() }),
  data: z.looseObject({}).nullable(),
  previous: z.looseObject({}).nullable(),
});
