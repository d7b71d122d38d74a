/**
 * What webhooks v2 send: shapes of their own, not those of REST.
 *
 * Ids in `meta` are strings, `visible_to` is a string, custom fields are typed objects, `previous` holds only what changed, a
 * delete has no data, and records have no `is_deleted`.
 */
import { isDeepStrictEqual } from 'node:util';
import { webhookCustomFields } from '../customFields.ts';
import type {
  ActivityRow,
  Address,
  DealRow,
  EntityName,
  LabelledValue,
  OrganizationRow,
  PersonRow,
  RowTypes,
} from '../rows.ts';
import type { Store } from '../store.ts';
import type { AccountEvent } from '../writes.ts';

export type Json = Record<string, unknown>;

const countryCode = (address: Address | null): string | null => {
  const country = address?.country ?? '';
  return /^[a-z]{2}$/i.test(country) ? country.toUpperCase() : null;
};

const addressParts = (store: Store, address: Address | null): Json => {
  switch (store.settings.webhooks.addressShape) {
    case 'object':
      return { address };
    case 'flat':
      return {
        address: address?.value ?? null,
        address_country: address?.country ?? null,
        address_locality: address?.locality ?? null,
        address_postal_code: address?.postal_code ?? null,
        address_formatted_address: address?.formatted_address ?? null,
      };
    case 'null':
      return { address: null };
    default:
      return store.settings.webhooks.addressShape satisfies never;
  }
};

const organization = (store: Store, row: OrganizationRow): Json => ({
  id: row.id,
  name: row.name,
  owner_id: row.owner_id,
  ...addressParts(store, row.address),
  country_code: countryCode(row.address),
  label_ids: row.label_ids,
  picture_id: row.picture_id,
  website: row.website,
  linkedin: row.linkedin,
  industry: row.industry,
  annual_revenue: row.annual_revenue,
  employee_count: row.employee_count,
  visible_to: String(row.visible_to),
  add_time: row.add_time,
  update_time: row.update_time,
  custom_fields: webhookCustomFields(store.customFields('organization'), row.custom_fields),
});

const labelled = (items: LabelledValue[]): Json[] =>
  items.map(({ value, label, primary }) => ({ value, label, primary }));

const person = (store: Store, row: PersonRow): Json => ({
  id: row.id,
  name: row.name,
  first_name: row.first_name,
  last_name: row.last_name,
  org_id: row.org_id,
  owner_id: row.owner_id,
  emails: labelled(row.emails),
  phones: labelled(row.phones),
  label_ids: row.label_ids,
  picture_id: row.picture_id,
  visible_to: String(row.visible_to),
  add_time: row.add_time,
  update_time: row.update_time,
  custom_fields: webhookCustomFields(store.customFields('person'), row.custom_fields),
});

const deal = (store: Store, row: DealRow): Json => ({
  id: row.id,
  title: row.title,
  creator_user_id: row.creator_user_id,
  owner_id: row.owner_id,
  org_id: row.org_id,
  person_id: row.person_id,
  pipeline_id: row.pipeline_id,
  stage_id: row.stage_id,
  status: row.status,
  value: row.value,
  currency: row.currency,
  probability: row.probability,
  lost_reason: row.lost_reason,
  lost_time: row.lost_time,
  won_time: row.won_time,
  first_won_time: row.first_won_time,
  close_time: row.close_time,
  expected_close_date: row.expected_close_date,
  stage_change_time: row.stage_change_time,
  label_ids: row.label_ids,
  origin: row.origin,
  origin_id: row.origin_id,
  channel: row.channel,
  channel_id: row.channel_id,
  is_archived: row.is_archived,
  archive_time: row.archive_time,
  visible_to: String(row.visible_to),
  add_time: row.add_time,
  update_time: row.update_time,
  custom_fields: webhookCustomFields(store.customFields('deal'), row.custom_fields),
});

const zoned = (time: string | null): Json | null =>
  time === null ? null : { timezone_id: null, value: time.slice(0, 5) };

const activity = (row: ActivityRow): Json => ({
  id: row.id,
  subject: row.subject,
  type: row.type,
  done: row.done,
  due_date: row.due_date,
  due_time: zoned(row.due_time),
  duration: zoned(row.duration),
  deal_id: row.deal_id,
  person_id: row.participants.find((participant) => participant.primary)?.person_id ?? null,
  org_id: row.org_id,
  owner_id: row.owner_id,
  update_user_id: null,
  busy_flag: row.busy,
  note: row.note,
  active_flag: !row.is_deleted,
  add_time: row.add_time,
  update_time: row.update_time,
  custom_fields: {},
});

const shapes: { [E in EntityName]: (store: Store, row: RowTypes[E]) => Json } = {
  organization,
  person,
  deal,
  activity: (_store, row) => activity(row),
  pipeline: (_store, row) => ({
    id: row.id,
    name: row.name,
    url_title: row.name.replaceAll(' ', '-'),
    order_nr: row.order_nr,
    active_flag: !row.is_deleted,
    deal_probability: row.is_deal_probability_enabled,
    add_time: row.add_time,
    update_time: row.update_time,
  }),
  stage: (_store, row) => ({
    id: row.id,
    name: row.name,
    pipeline_id: row.pipeline_id,
    active_flag: !row.is_deleted,
    order_nr: row.order_nr,
    deal_probability: row.deal_probability,
    rotten_flag: row.is_deal_rot_enabled,
    rotten_days: row.days_to_rotten,
    add_time: row.add_time,
    update_time: row.update_time,
  }),
};

/** A record as events show it. */
const webhookData = <E extends EntityName>(store: Store, entity: E, row: RowTypes[E]): Json =>
  shapes[entity](store, row);

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The old values of what changed; of the custom fields too only those. */
const changedKeys = (before: Json, after: Json): Json =>
  Object.fromEntries(
    Object.entries(before)
      .filter(([key, value]) => !isDeepStrictEqual(value, after[key]))
      .map(([key, value]) => {
        const now = after[key];
        return [
          key,
          key === 'custom_fields' && isObject(value) && isObject(now) ? changedKeys(value, now) : value,
        ];
      }),
  );

/** `data` and `previous` of an event, the same for every webhook that gets it. */
export const eventBody = (
  store: Store,
  event: AccountEvent,
): { data: Json | null; previous: Json | null } => {
  const show = (row: AccountEvent['after']): Json | null =>
    row === null ? null : webhookData(store, event.entity, row);
  const before = show(event.before);
  const after = show(event.after);
  if (event.action !== 'change' || before === null || after === null)
    return { data: after, previous: before };
  const previous = changedKeys(before, after);
  if (store.settings.webhooks.previousOmitsUpdateTime) delete previous['update_time'];
  return { data: after, previous };
};
