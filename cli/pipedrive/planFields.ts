/** Which fields of Pipedrive stand for which names of Hermes, and which have to be created. */
import type { NewField } from '../../clients/pipedrive/bodies.ts';
import { entities, mappedFields, type Entity } from '../../domain/configuration/fieldNames.ts';
import { fieldTypes, pipedriveTypesOf, type FieldType } from '../../domain/configuration/fieldTypes.ts';
import type { ConfigurationState, CustomFieldState } from '../../domain/configuration/state.ts';
import type { FieldDefinition } from '../../configuration/fieldDefinitions.ts';

/** What a field is for: a name of the field map, or a custom field of the configuration. */
export type FieldUse =
  { kind: 'mapped'; entity: Entity; name: string } | { kind: 'custom'; entity: Entity; machineName: string };

export interface FieldPlan {
  /** Fields that exist and are not mapped yet. */
  map: { use: FieldUse; key: string; label: string }[];
  create: { use: FieldUse; field: NewField }[];
  notes: string[];
}

interface Wish {
  use: FieldUse;
  label: string;
  type: NewField['field_type'];
  options?: readonly { label: string }[];
  /** Pipedrive's types that would do. */
  suitable: readonly string[];
}

interface Label {
  label: string;
  type: NewField['field_type'];
}

/** How the fields of the map are called in Pipedrive, and their types where they are created. */
const labels: Readonly<Record<string, Label>> = {
  // Text: Pipedrive joins the values of merged records ("12, 15"), which a number could not hold.
  hermes_id: { label: 'Hermes id', type: 'varchar' },
  tc2_cligency_url: { label: 'TC2 client', type: 'varchar' },
  tc2_status: { label: 'TC2 status', type: 'varchar' },
  website: { label: 'Website', type: 'varchar' },
  price_plan: { label: 'Price plan', type: 'varchar' },
  estimated_income: { label: 'Estimated income', type: 'varchar' },
  signup_questionnaire: { label: 'Signup questionnaire', type: 'text' },
  utm_source: { label: 'UTM source', type: 'varchar' },
  utm_campaign: { label: 'UTM campaign', type: 'varchar' },
  paid_invoice_count: { label: 'Paid invoices', type: 'double' },
  support_person_id: { label: 'Support person', type: 'user' },
  bdr_person_id: { label: 'BDR person', type: 'user' },
  gclid: { label: 'GCLID', type: 'varchar' },
  gclid_expiry_dt: { label: 'GCLID expires', type: 'date' },
  created: { label: 'Agency created', type: 'date' },
  pay0_dt: { label: 'Pay 0', type: 'date' },
  pay1_dt: { label: 'Pay 1', type: 'date' },
  pay3_dt: { label: 'Pay 3', type: 'date' },
  email_confirmed_dt: { label: 'E-mail confirmed', type: 'date' },
  card_saved_dt: { label: 'Card saved', type: 'date' },
};

const customTypes: Readonly<Record<FieldType, NewField['field_type']>> = {
  text: 'varchar',
  number: 'double',
  money: 'monetary',
  boolean: 'enum',
  date: 'date',
  datetime: 'date',
  // The options are not known here; text holds their labels.
  enum: 'varchar',
  set: 'varchar',
  user: 'user',
  phone: 'phone',
  address: 'address',
};

const isFieldType = (type: string): type is FieldType => Object.hasOwn(fieldTypes, type);

const mappedWishes = (state: ConfigurationState, entity: Entity): Wish[] =>
  Object.entries(mappedFields[entity]).flatMap(([name, types]) => {
    const wanted = labels[name];
    // A custom field that stands for the column takes the name's place.
    const isBound = state.customFields.some((field) => field.entity === entity && field.column === name);
    if (wanted === undefined || isBound) return [];
    return [{ use: { kind: 'mapped', entity, name }, ...wanted, suitable: pipedriveTypesOf(types) }];
  });

const customWish = (field: CustomFieldState): Wish => {
  const type = isFieldType(field.type) ? field.type : 'text';
  return {
    use: { kind: 'custom', entity: field.entity, machineName: field.machine_name },
    label: field.name,
    type: customTypes[type],
    ...(type === 'boolean' ? { options: [{ label: 'Yes' }, { label: 'No' }] } : {}),
    suitable: pipedriveTypesOf([type]),
  };
};

const keyOf = (state: ConfigurationState, { use }: Wish): string | null => {
  if (use.kind === 'mapped') return state.fieldMaps[use.entity][use.name] ?? null;
  return (
    state.customFields.find((field) => field.entity === use.entity && field.machine_name === use.machineName)
      ?.pipedrive_key ?? null
  );
};

const usedKeys = (state: ConfigurationState, entity: Entity): Set<string> =>
  new Set([
    ...Object.values(state.fieldMaps[entity]),
    ...state.customFields
      .filter((field) => field.entity === entity)
      .flatMap(({ pipedrive_key: key }) => (key === null ? [] : [key])),
  ]);

const sameLabel = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** A mapped key that exists stays; else the one field of that name and a suitable type is taken; else it is created. */
const planWish = (
  wish: Wish,
  key: string | null,
  live: readonly FieldDefinition[],
  taken: Set<string>,
  plan: FieldPlan,
): void => {
  if (key !== null && live.some((field) => field.pipedrive_key === key)) return;
  const { use, label, type, options, suitable } = wish;
  const named = live.filter(
    (field) => field.custom && sameLabel(field.name, label) && !taken.has(field.pipedrive_key),
  );
  const fitting = named.filter((field) => suitable.includes(field.field_type));
  const [only, second] = fitting;
  if (only !== undefined && second === undefined) {
    taken.add(only.pipedrive_key);
    plan.map.push({ use, key: only.pipedrive_key, label });
    return;
  }
  if (second !== undefined) {
    plan.notes.push(
      `${use.entity} has ${fitting.length} fields named "${label}": say in the configuration which one to use.`,
    );
    return;
  }
  const [unfit] = named;
  if (unfit !== undefined) {
    plan.notes.push(
      `${use.entity} has a field named "${label}" of type ${unfit.field_type}, which cannot hold it (${suitable.join(', ')} can): rename it, or map another.`,
    );
    return;
  }
  plan.create.push({
    use,
    field: { field_name: label, field_type: type, ...(options === undefined ? {} : { options }) },
  });
};

/** Compares the account's fields with what the configuration needs. */
export const planFields = (state: ConfigurationState, fields: readonly FieldDefinition[]): FieldPlan => {
  const plan: FieldPlan = { map: [], create: [], notes: [] };
  for (const entity of entities) {
    const live = fields.filter((field) => field.entity === entity);
    const taken = usedKeys(state, entity);
    const wishes = [
      ...state.customFields.filter((field) => field.entity === entity).map(customWish),
      ...mappedWishes(state, entity),
    ];
    for (const wish of wishes) planWish(wish, keyOf(state, wish), live, taken, plan);
  }
  return plan;
};
