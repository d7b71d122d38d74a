import { z } from 'zod';
import { writeCustomFields } from '../customFields.ts';
import { forbidden, invalid, parse } from '../errors.ts';
import type { LabelledValue, PersonRow } from '../rows.ts';
import { id, text, title, utcTime } from '../shapes.ts';
import type { Store } from '../store.ts';
import {
  customFieldsBody,
  requireLabels,
  requireLink,
  requireOwner,
  requireSomething,
  requireVisibility,
  sent,
  type Model,
} from './model.ts';

const labelledValue = z.strictObject({
  value: text(255).min(1, 'The value must not be empty'),
  primary: z.boolean().optional(),
  label: text(255).optional(),
});

const writable = {
  name: title.optional(),
  first_name: text(255).optional(),
  last_name: text(255).optional(),
  owner_id: id.optional(),
  org_id: id.nullable().optional(),
  emails: z.array(labelledValue).optional(),
  phones: z.array(labelledValue).optional(),
  visible_to: z.int().optional(),
  label_ids: z.array(id).optional(),
  marketing_status: z.literal(['no_consent', 'unsubscribed', 'subscribed', 'archived']).optional(),
  postal_address: z.unknown().optional(),
  notes: z.unknown().optional(),
  im: z.unknown().optional(),
  birthday: z.unknown().optional(),
  job_title: z.unknown().optional(),
  custom_fields: customFieldsBody.optional(),
};

const createBody = z.strictObject({ ...writable, add_time: utcTime.optional() });
const changeBody = z.strictObject(writable);

type Body = z.infer<typeof changeBody>;

const contactSyncKeys = ['postal_address', 'notes', 'im', 'birthday', 'job_title'] as const;

const check = (store: Store, body: Body): void => {
  const synced = contactSyncKeys.find((key) => key in body);
  if (synced !== undefined && !store.settings.contactSync) {
    throw forbidden(`The field '${synced}' is available only with Contact Sync`);
  }
  if (body.marketing_status !== undefined && !store.settings.campaigns) {
    throw forbidden('marketing_status is available only with the campaigns add-on');
  }
  if (body.name !== undefined && (body.first_name !== undefined || body.last_name !== undefined)) {
    throw invalid('name', "The value must not be sent together with 'first_name' or 'last_name'");
  }
  requireLink(store, 'organization', 'org_id', body.org_id);
  requireLabels(store, 'person', body.label_ids);
};

/** One primary: of several the last one, of none the first. */
const onePrimary = (values: z.infer<typeof labelledValue>[]): LabelledValue[] => {
  const marked = values.findLastIndex((item) => item.primary === true);
  const primary = marked < 0 ? 0 : marked;
  return values.map(({ value, label }, index) => ({
    value,
    primary: index === primary,
    label: label ?? 'work',
  }));
};

const blankIsNull = (value: string): string | null => (value.trim() === '' ? null : value.trim());

/** A name is split at its first space; two parts are joined into a name. */
const names = (body: Body, row?: PersonRow): Pick<PersonRow, 'name' | 'first_name' | 'last_name'> => {
  if (body.name !== undefined) {
    const [first = '', ...rest] = body.name.trim().split(/\s+/);
    return { name: body.name.trim(), first_name: blankIsNull(first), last_name: blankIsNull(rest.join(' ')) };
  }
  const first_name = body.first_name === undefined ? (row?.first_name ?? null) : blankIsNull(body.first_name);
  const last_name = body.last_name === undefined ? (row?.last_name ?? null) : blankIsNull(body.last_name);
  const name = [first_name, last_name].filter((part) => part !== null).join(' ');
  if (name === '') throw invalid('name', 'A value is required');
  return { name, first_name, last_name };
};

const lists = (body: Body): Partial<Pick<PersonRow, 'emails' | 'phones'>> => ({
  ...(body.emails === undefined ? {} : { emails: onePrimary(body.emails) }),
  ...(body.phones === undefined ? {} : { phones: onePrimary(body.phones) }),
});

/** Persons: a name, or first and last name, never both; e-mails and phones are replaced as a whole. */
export const personModel: Model<'person'> = {
  entity: 'person',
  path: 'persons',
  label: 'Person',

  create: (store, actor, input, rowId) => {
    const body = parse(createBody, input);
    check(store, body);
    const now = store.writeTime();
    return {
      id: rowId,
      ...names(body),
      owner_id: requireOwner(store, actor, body.owner_id),
      org_id: body.org_id ?? null,
      emails: [],
      phones: [],
      visible_to: requireVisibility(store, body.visible_to),
      label_ids: body.label_ids ?? [],
      marketing_status: body.marketing_status ?? 'no_consent',
      picture_id: null,
      add_time: body.add_time ?? now,
      update_time: now,
      is_deleted: false,
      ...lists(body),
      custom_fields: writeCustomFields(store, 'person', {}, body.custom_fields),
    };
  },

  change: (store, actor, row, input) => {
    const body = parse(changeBody, input);
    requireSomething(body);
    check(store, body);
    if (body.owner_id !== undefined) requireOwner(store, actor, body.owner_id);
    if (body.visible_to !== undefined) requireVisibility(store, body.visible_to);
    const { owner_id, org_id, visible_to, label_ids, marketing_status } = body;
    return {
      ...row,
      ...sent({ owner_id, org_id, visible_to, label_ids, marketing_status }),
      ...names(body, row),
      ...lists(body),
      custom_fields: writeCustomFields(store, 'person', row.custom_fields, body.custom_fields),
    };
  },
};
