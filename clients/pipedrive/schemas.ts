/**
 * Pipedrive's records as the REST API answers them.
 *
 * The published nullability is wrong, so every value may be null or absent; only ids are required. Keys that Hermes has
 * no use for are dropped. REST shapes differ from webhook shapes: never parse a webhook's `data` with these.
 */
import { z } from 'zod';

const id = z.int();
const text = z.string().nullish();
const integer = z.int().nullish();
const number = z.number().nullish();
const flag = z.boolean().nullish();

/** By field code. An account's every custom field is here, null when empty. */
const customFields = z.record(z.string(), z.unknown()).nullish();

const address = z
  .object({
    value: text,
    country: text,
    admin_area_level_1: text,
    admin_area_level_2: text,
    locality: text,
    sublocality: text,
    route: text,
    street_number: text,
    subpremise: text,
    postal_code: text,
    formatted_address: text,
  })
  .nullish();

export const organizationSchema = z.object({
  id,
  name: text,
  owner_id: integer,
  address,
  website: text,
  label_ids: z.array(z.int()).nullish(),
  add_time: text,
  update_time: text,
  is_deleted: flag,
  custom_fields: customFields,
});
export type Organization = z.infer<typeof organizationSchema>;

const contactDetails = z.array(z.object({ value: text, label: text, primary: flag })).nullish();

export const personSchema = z.object({
  id,
  name: text,
  first_name: text,
  last_name: text,
  org_id: integer,
  owner_id: integer,
  emails: contactDetails,
  phones: contactDetails,
  marketing_status: text,
  add_time: text,
  update_time: text,
  is_deleted: flag,
  custom_fields: customFields,
});
export type Person = z.infer<typeof personSchema>;

export const dealSchema = z.object({
  id,
  title: text,
  org_id: integer,
  person_id: integer,
  owner_id: integer,
  pipeline_id: integer,
  stage_id: integer,
  status: text,
  value: number,
  currency: text,
  lost_reason: text,
  is_archived: flag,
  add_time: text,
  update_time: text,
  stage_change_time: text,
  is_deleted: flag,
  custom_fields: customFields,
});
export type Deal = z.infer<typeof dealSchema>;

/**
 * A time of day or a length as `HH:MM`, UTC. It comes as text or as `{value}`, with or without seconds (ACT-08). Text that
 * is no time stays as it came, so that one odd activity does not spoil a whole page.
 */
const clock = z
  .union([z.string(), z.object({ value: text })])
  .nullish()
  .transform((given) => {
    const value = typeof given === 'object' && given !== null ? given.value : given;
    if (value === null || value === undefined) return null;
    return /^(\d{1,3}:\d{2})(?::\d{2})?$/.exec(value)?.[1]?.padStart(5, '0') ?? value;
  });

export const activitySchema = z.object({
  id,
  subject: text,
  type: text,
  due_date: text,
  due_time: clock,
  duration: clock,
  owner_id: integer,
  org_id: integer,
  deal_id: integer,
  person_id: integer,
  participants: z.array(z.object({ person_id: integer, primary: flag })).nullish(),
  done: flag,
  add_time: text,
  update_time: text,
  is_deleted: flag,
});
export type Activity = z.infer<typeof activitySchema>;

export const pipelineSchema = z.object({
  id,
  name: text,
  order_nr: integer,
  is_deleted: flag,
  add_time: text,
  update_time: text,
});
export type Pipeline = z.infer<typeof pipelineSchema>;

export const stageSchema = z.object({
  id,
  name: text,
  pipeline_id: integer,
  order_nr: integer,
  is_deleted: flag,
  add_time: text,
  update_time: text,
});
export type Stage = z.infer<typeof stageSchema>;

/** Options of built-in fields may have text ids. */
const fieldOption = z.object({ id: z.union([z.int(), z.string()]), label: text });

export const fieldSchema = z.object({
  field_name: z.string(),
  /** 40 hex characters for a custom field, a plain name for a built-in one. */
  field_code: z.string(),
  field_type: z.string(),
  options: z.array(fieldOption).nullish(),
  is_custom_field: flag,
});
export type Field = z.infer<typeof fieldSchema>;

export const fieldOptionsSchema = z.array(fieldOption);
export type FieldOption = z.infer<typeof fieldOption>;

export const userSchema = z.object({
  id,
  name: text,
  email: text,
  active_flag: flag,
  is_deleted: flag,
  timezone_name: text,
});
export type User = z.infer<typeof userSchema>;

export const currentUserSchema = userSchema.extend({
  company_id: integer,
  company_name: text,
  company_domain: text,
});
export type CurrentUser = z.infer<typeof currentUserSchema>;

/** `http_auth_password` comes back encrypted and cannot be compared, so it is not read at all. */
export const webhookSchema = z.object({
  id,
  event_action: text,
  event_object: text,
  subscription_url: text,
  version: z
    .union([z.string(), z.number()])
    .nullish()
    .transform((version) => (version === null || version === undefined ? null : String(version))),
  is_active: z
    .union([z.boolean(), z.number()])
    .nullish()
    .transform((active) => active === true || active === 1),
  name: text,
  user_id: integer,
  last_http_status: integer,
  last_delivery_time: text,
  remove_reason: text,
});
export type Webhook = z.infer<typeof webhookSchema>;

/** Search results carry bare values of custom fields, without the fields' codes. */
const bareValues = z.array(z.union([z.string(), z.number()])).nullish();

const organizationHitSchema = z.object({
  id,
  name: text,
  custom_fields: bareValues,
});
export type OrganizationHit = z.infer<typeof organizationHitSchema>;

const personHitSchema = z.object({
  id,
  name: text,
  emails: z.array(z.string()).nullish(),
  phones: z.array(z.string()).nullish(),
  organization: z.object({ id, name: text }).nullish(),
  custom_fields: bareValues,
});
export type PersonHit = z.infer<typeof personHitSchema>;

/** `success` may be missing, but an answer that says it failed is no answer to parse. */
const success = z.literal(true).optional();

/** Absent, null and empty all mean: this was the last page. */
const nextCursor = z
  .object({ next_cursor: text })
  .nullish()
  .transform((additional) => (additional?.next_cursor ? additional.next_cursor : null));

export type Page<T> = { items: T[]; nextCursor: string | null };

export const single = <T>(item: z.ZodType<T>): z.ZodType<T> =>
  z.object({ success, data: item }).transform((answer) => answer.data);

export const page = <T>(item: z.ZodType<T>): z.ZodType<Page<T>> =>
  z
    .object({ success, data: z.array(item).nullable(), additional_data: nextCursor })
    .transform((answer) => ({ items: answer.data ?? [], nextCursor: answer.additional_data }));

const searchPage = <T>(item: z.ZodType<T>): z.ZodType<Page<T>> =>
  z
    .object({ success, data: z.object({ items: z.array(z.object({ item })) }), additional_data: nextCursor })
    .transform((answer) => ({
      items: answer.data.items.map((hit) => hit.item),
      nextCursor: answer.additional_data,
    }));

export const organizationHits = searchPage(organizationHitSchema);
export const personHits = searchPage(personHitSchema);

/** /itemSearch/field: the published example has a plain list, the published schema has `items`. Both are read. */
const idRow = z.object({ id });
export const fieldSearchHits: z.ZodType<Page<{ id: number }>> = z
  .object({
    success,
    data: z.union([
      z.array(z.union([idRow, z.object({ item: idRow }).transform((hit) => hit.item)])),
      z.object({ items: z.array(z.union([idRow, z.object({ item: idRow }).transform((hit) => hit.item)])) }),
    ]),
    additional_data: nextCursor,
  })
  .transform((answer) => ({
    items: Array.isArray(answer.data) ? answer.data : answer.data.items,
    nextCursor: answer.additional_data,
  }));

export const deleted: z.ZodType<void> = z.object({ success }).transform(() => undefined);
