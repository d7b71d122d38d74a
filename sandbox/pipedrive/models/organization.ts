import { z } from 'zod';
import { completeAddress, writeCustomFields } from '../customFields.ts';
import { invalid, notAllowed, parse } from '../errors.ts';
import type { OrganizationRow } from '../rows.ts';
import { address, id, text, title, utcTime } from '../shapes.ts';
import type { Store } from '../store.ts';
import {
  customFieldsBody,
  requireLabels,
  requireOwner,
  requireSomething,
  requireVisibility,
  sent,
  type Model,
} from './model.ts';

const writable = {
  owner_id: id.optional(),
  visible_to: z.int().optional(),
  label_ids: z.array(id).optional(),
  address: address.nullable().optional(),
  website: text(255).nullable().optional(),
  linkedin: text(255).nullable().optional(),
  industry: z.int().nullable().optional(),
  annual_revenue: z.int().nullable().optional(),
  employee_count: z.int().nullable().optional(),
  custom_fields: customFieldsBody.optional(),
};

const createBody = z.strictObject({ name: title, add_time: utcTime.optional(), ...writable });
const changeBody = z.strictObject({ name: title.optional(), ...writable });

type Body = z.infer<typeof changeBody>;

/** Built-in keys that exist only where the account has the feature. */
const profileKeys = ['website', 'linkedin', 'industry', 'annual_revenue', 'employee_count'] as const;

const check = (store: Store, body: Body): void => {
  if (!store.settings.organizationProfile) {
    const refused = profileKeys.find((key) => body[key] !== undefined);
    if (refused !== undefined) throw notAllowed(refused);
  }
  if (body.address === null && !store.settings.nullableLinks) {
    throw invalid('address', "The value is not a valid 'object'");
  }
  requireLabels(store, 'organization', body.label_ids);
};

const writtenAddress = (body: Body): { address?: OrganizationRow['address'] } =>
  body.address === undefined ? {} : { address: body.address === null ? null : completeAddress(body.address) };

/** Organizations: only `name` is required, and it need not be unique. */
export const organizationModel: Model<'organization'> = {
  entity: 'organization',
  path: 'organizations',
  label: 'Organization',

  create: (store, actor, input, rowId) => {
    const body = parse(createBody, input);
    check(store, body);
    const now = store.writeTime();
    return {
      id: rowId,
      name: body.name,
      owner_id: requireOwner(store, actor, body.owner_id),
      visible_to: requireVisibility(store, body.visible_to),
      label_ids: body.label_ids ?? [],
      address: null,
      website: body.website ?? null,
      linkedin: body.linkedin ?? null,
      industry: body.industry ?? null,
      annual_revenue: body.annual_revenue ?? null,
      employee_count: body.employee_count ?? null,
      picture_id: null,
      add_time: body.add_time ?? now,
      update_time: now,
      is_deleted: false,
      ...writtenAddress(body),
      custom_fields: writeCustomFields(store, 'organization', {}, body.custom_fields),
    };
  },

  change: (store, actor, row, input) => {
    const body = parse(changeBody, input);
    requireSomething(body);
    check(store, body);
    if (body.owner_id !== undefined) requireOwner(store, actor, body.owner_id);
    if (body.visible_to !== undefined) requireVisibility(store, body.visible_to);
    return {
      ...row,
      ...sent(body),
      address: row.address,
      ...writtenAddress(body),
      custom_fields: writeCustomFields(store, 'organization', row.custom_fields, body.custom_fields),
    };
  },
};
