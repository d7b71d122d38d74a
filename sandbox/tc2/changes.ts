/**
 * What a POST to a client may hold, checked as strictly as the API does and, where it would silently ignore, more strictly: a key
 * that has no effect is a mistake of the caller's.
 */
import type { AdminRef, ExtraAttr, RoleShape, Tc2Client, Tc2User } from './events.ts';

export type ExtraAttrType = 'Short Text' | 'Long Text' | 'Number' | 'Dropdown' | 'Date' | 'Checkbox';

/** A client custom field of the branch. */
export interface ExtraAttrDefinition {
  id: number;
  machine_name: string;
  name: string;
  type: ExtraAttrType;
  /** Slugs of a dropdown. */
  choices?: readonly string[];
}

/** Field name to messages, nested for objects. */
export interface FieldErrors {
  [field: string]: string[] | FieldErrors;
}

export interface Change {
  user: Partial<Tc2User>;
  client: Partial<Tc2Client>;
  extraAttrs: Record<string, unknown>;
  sendEmails: boolean;
}

export type CheckedChange = { ok: true; change: Change } | { ok: false; errors: FieldErrors };

const userFields: readonly (keyof Tc2User)[] = [
  'title',
  'first_name',
  'last_name',
  'email',
  'mobile',
  'phone',
  'street',
  'state',
  'town',
  'country',
  'postcode',
];
const adminFields = ['associated_admin', 'sales_person', 'bdr_person'] as const;
const statuses = ['prospect', 'live', 'dormant'] as const;
const readOnly = new Set([
  'id',
  'meta_agency',
  'paid_recipients',
  'invoices_count',
  'invoice_balance',
  'available_balance',
  'payment_pending',
  'date_created',
  'url',
  'model',
]);

const typeName = (value: unknown): string => {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'string') return 'str';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return 'dict';
};

const isDict = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isEmpty = (value: unknown): boolean => value === null || value === '';

const datePattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

const checkExtraAttr = (definition: ExtraAttrDefinition | undefined, value: unknown): string | undefined => {
  if (definition === undefined) return 'Custom field with this machine name does not exist.';
  if (isEmpty(value)) return undefined;
  const isText = typeof value === 'string' || typeof value === 'number';
  switch (definition.type) {
    case 'Short Text':
      if (!isText) return 'Not a valid string.';
      return String(value).length > 255 ? 'Ensure this field has no more than 255 characters.' : undefined;
    case 'Long Text':
      return isText ? undefined : 'Not a valid string.';
    case 'Number':
      return isText && String(value).trim() !== '' && Number.isFinite(Number(value))
        ? undefined
        : 'A valid number is required.';
    case 'Dropdown':
      return typeof value === 'string' &&
        (definition.choices ?? [value]).includes(value) &&
        /^[a-z0-9_-]+$/.test(value)
        ? undefined
        : `"${String(value)}" is not a valid choice.`;
    case 'Date':
      return typeof value === 'string' && datePattern.test(value) && !Number.isNaN(Date.parse(value))
        ? undefined
        : 'Date has wrong format. Use one of these formats instead: YYYY-MM-DD.';
    case 'Checkbox':
      return typeof value === 'boolean' ? undefined : 'Must be a valid boolean.';
    default:
      return definition.type satisfies never;
  }
};

const checkUser = (given: Record<string, unknown>): FieldErrors => {
  const errors: FieldErrors = {};
  for (const [field, value] of Object.entries(given)) {
    if (!userFields.includes(field as keyof Tc2User)) errors[field] = ['Unknown field.'];
    else if (value !== null && typeof value !== 'string') errors[field] = ['Not a valid string.'];
    else if (field === 'last_name' && isEmpty(value)) errors[field] = ['This field may not be blank.'];
    else if (
      field === 'email' &&
      typeof value === 'string' &&
      value !== '' &&
      !/^\S+@\S+\.\S+$/.test(value)
    ) {
      errors[field] = ['Enter a valid email address.'];
    }
  }
  return errors;
};

const checkExtraAttrs = (
  value: unknown,
  definitions: readonly ExtraAttrDefinition[],
): FieldErrors | string[] => {
  if (!isDict(value)) return [`Expected a dictionary of items but got type "${typeName(value)}".`];
  const errors: FieldErrors = {};
  for (const [name, attribute] of Object.entries(value)) {
    const fault = checkExtraAttr(
      definitions.find(({ machine_name: machineName }) => machineName === name),
      attribute,
    );
    if (fault !== undefined) errors[name] = [fault];
  }
  return errors;
};

const findAdmin = (value: unknown, admins: readonly AdminRef[]): AdminRef | null | string => {
  if (value === null) return null;
  if (typeof value !== 'number' && !(typeof value === 'string' && /^\d+$/.test(value))) {
    return `Incorrect type. Expected pk value, received ${typeName(value)}.`;
  }
  return admins.find(({ id }) => id === Number(value)) ?? `Invalid pk "${value}" - object does not exist.`;
};

const isFaulty = (errors: FieldErrors | string[]): boolean =>
  Array.isArray(errors) ? errors.length > 0 : Object.keys(errors).length > 0;

/** Checks the parsed body of a partial update against the branch's custom fields and administrators. */
export const checkChange = (
  body: unknown,
  branch: { shape: RoleShape; definitions: readonly ExtraAttrDefinition[]; admins: readonly AdminRef[] },
): CheckedChange => {
  if (!isDict(body)) {
    const message = `Invalid data. Expected a dictionary, but got ${typeName(body)}.`;
    return { ok: false, errors: { non_field_errors: [message] } };
  }
  const change: Change = { user: {}, client: {}, extraAttrs: {}, sendEmails: false };
  const errors: FieldErrors = {};
  const refuse = (field: string, fault: string[] | FieldErrors): void => {
    if (isFaulty(fault)) errors[field] = fault;
  };

  for (const [field, value] of Object.entries(body)) {
    if (field === 'extra_attrs') {
      refuse(field, checkExtraAttrs(value, branch.definitions));
      if (isDict(value)) change.extraAttrs = value;
    } else if (field === 'user' && branch.shape === 'V1') {
      refuse(field, isDict(value) ? checkUser(value) : ['Expected a dictionary.']);
      if (isDict(value)) Object.assign(change.user, value);
    } else if (branch.shape === 'V2' && userFields.includes(field as keyof Tc2User)) {
      Object.assign(errors, checkUser({ [field]: value }));
      Object.assign(change.user, { [field]: value });
    } else if ((adminFields as readonly string[]).includes(field)) {
      const admin = findAdmin(value, branch.admins);
      if (typeof admin === 'string') refuse(field, [admin]);
      else Object.assign(change.client, { [field]: admin });
    } else if (field === 'status') {
      if ((statuses as readonly unknown[]).includes(value)) Object.assign(change.client, { status: value });
      else refuse(field, [`"${String(value)}" is not a valid choice.`]);
    } else if (field === 'charge_via_branch' || field === 'send_emails') {
      if (typeof value !== 'boolean') refuse(field, ['Must be a valid boolean.']);
      else if (field === 'send_emails') change.sendEmails = value;
      else change.client.charge_via_branch = value;
    } else {
      refuse(field, [readOnly.has(field) ? 'This field is read-only.' : 'Unknown field.']);
    }
  }
  return isFaulty(errors) ? { ok: false, errors } : { ok: true, change };
};

/** The list of objects after a dict was written: empty values leave it, new ones are added in the order written. */
export const mergeExtraAttrs = (
  current: readonly ExtraAttr[],
  written: Record<string, unknown>,
  definitions: readonly ExtraAttrDefinition[],
): ExtraAttr[] => {
  const merged = new Map(current.map((attribute) => [attribute.machine_name, attribute]));
  for (const [name, value] of Object.entries(written)) {
    const definition = definitions.find(({ machine_name: machineName }) => machineName === name);
    if (isEmpty(value)) merged.delete(name);
    else {
      merged.set(name, {
        id: definition?.id ?? 1_000 + merged.size,
        machine_name: name,
        name: definition?.name ?? name,
        type: definition?.type ?? 'Short Text',
        value: definition?.type === 'Number' && typeof value !== 'number' ? Number(value) : value,
      });
    }
  }
  return [...merged.values()];
};
