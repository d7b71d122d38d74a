/** What a configuration file makes of the configuration that is there. Judges nothing: see `rules/`. */
import {
  plans,
  regions,
  roles,
  type AdminEntry,
  type CustomFieldEntry,
  type PipelineEntry,
  type StageEntry,
} from './document.ts';
import { bindableColumns, entities, type Entity } from './fieldNames.ts';
import { machineNameOf } from './machineName.ts';
import type { ConfigurationDocument, Entry } from './read.ts';
import {
  customFieldId,
  type AdminState,
  type ConfigurationState,
  type CustomFieldState,
  type FieldMapState,
  type MeetingsState,
  type PipelineState,
  type StageState,
} from './state.ts';

/** Values of a new row that the file may leave out. */
export interface Defaults {
  meetings: MeetingsState;
  timezone: string;
}

export const kinds = [
  'meetings',
  'admin',
  'pipeline',
  'stage',
  'price plan',
  'pipedrive field',
  'custom field',
] as const;
export type Kind = (typeof kinds)[number];

export interface FieldDifference {
  field: string;
  /** Undefined for a new row. */
  from: unknown;
  to: unknown;
}

/** What becomes of one thing that the file speaks of. */
export interface Change {
  kind: Kind;
  /** Id, Pipedrive id or name within the kind; empty for meetings. */
  id: string;
  action: 'created' | 'updated' | 'removed' | 'unchanged';
  differences: readonly FieldDifference[];
}

export interface ConfigurationPlan {
  result: ConfigurationState;
  changes: readonly Change[];
}

type Row = object;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const difference = <T extends Row>(before: T | undefined, after: T): FieldDifference[] =>
  (Object.keys(after) as (keyof T & string)[])
    .filter((field) => before === undefined || !same(before[field], after[field]))
    .map((field) => ({ field, from: before?.[field], to: after[field] }));

const changeOf = <T extends Row>(kind: Kind, id: string, before: T | undefined, after: T): Change => {
  const differences = difference(before, after);
  const action = before === undefined ? 'created' : differences.length === 0 ? 'unchanged' : 'updated';
  return { kind, id, action, differences };
};

/** What is said, without the keys that say nothing. */
const present = <T extends Row>(said: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

/** Lists of flags have one order, so that the same flags are the same list. */
const inOrder = (names: readonly string[], chosen: readonly string[]): string[] =>
  names.filter((name) => chosen.includes(name));

interface Rows<TState, TSaid> {
  kind: Kind;
  before: readonly TState[];
  entries: readonly Entry<TSaid>[];
  idOf: (row: TState | TSaid) => string;
  /** The row as the file wants it: what is there, or a new row's defaults, and over it what is said. */
  apply: (existing: TState | undefined, said: TSaid) => TState;
}

const planRows = <TState extends Row, TSaid>(
  rows: Rows<TState, TSaid>,
): { after: TState[]; changes: Change[] } => {
  const before = new Map(rows.before.map((row) => [rows.idOf(row), row]));
  const after = new Map(before);
  const changes = new Map<string, Change>();
  for (const { said } of rows.entries) {
    const id = rows.idOf(said);
    // A row that stands twice is a fault (`rules/`); the first one stands for it.
    if (changes.has(id)) continue;
    const row = rows.apply(before.get(id), said);
    after.set(id, row);
    changes.set(id, changeOf(rows.kind, id, before.get(id), row));
  }
  return { after: [...after.values()], changes: [...changes.values()] };
};

const newAdmin = (id: number, defaults: Defaults): AdminState => ({
  id,
  first_name: '',
  last_name: '',
  username: '',
  timezone: defaults.timezone,
  tc2_admin_id: null,
  pd_owner_id: null,
  roles: [],
  plans: [],
  regions: [],
});

const applyAdmin =
  (defaults: Defaults) =>
  (existing: AdminState | undefined, said: AdminEntry): AdminState => {
    const row = { ...(existing ?? newAdmin(said.id, defaults)), ...present(said) };
    return {
      ...row,
      roles: inOrder(roles, row.roles),
      plans: inOrder(plans, row.plans),
      regions: inOrder(regions, row.regions),
    };
  };

/** The machine name that is said, or the one that the name makes (CF-25); empty when there is neither. */
export const machineNameSaid = (said: CustomFieldEntry): string =>
  said.machine_name ?? machineNameOf(said.name ?? '');

/** A new field whose machine name is a column's name stands for that column, unless the file says otherwise. */
const newCustomField = (entity: Entity, machineName: string): CustomFieldState => ({
  machine_name: machineName,
  name: '',
  entity,
  type: 'text',
  pipedrive_key: null,
  column: Object.hasOwn(bindableColumns[entity], machineName) ? machineName : null,
  tc2_machine_name: null,
});

const applyCustomField = (
  existing: CustomFieldState | undefined,
  said: CustomFieldEntry & { machine_name: string },
): CustomFieldState => ({
  ...(existing ?? newCustomField(said.entity, said.machine_name)),
  ...present(said),
});

/** Entries whose machine name is known. */
export const namedCustomFields = (
  document: ConfigurationDocument,
): Entry<CustomFieldEntry & { machine_name: string }>[] =>
  document.customFields
    .map((entry) => ({ ...entry, said: { ...entry.said, machine_name: machineNameSaid(entry.said) } }))
    .filter(({ said }) => said.machine_name !== '');

const planMeetings = (
  state: ConfigurationState,
  document: ConfigurationDocument,
  defaults: Defaults,
): { meetings: MeetingsState | null; changes: Change[] } => {
  const { meetings: entry, pricePlans } = document;
  if (entry === undefined && (state.meetings !== null || pricePlans === undefined)) {
    return { meetings: state.meetings, changes: [] };
  }
  const meetings = { ...(state.meetings ?? defaults.meetings), ...present(entry?.said ?? {}) };
  return { meetings, changes: [changeOf('meetings', '', state.meetings ?? undefined, meetings)] };
};

const planPricePlans = (state: ConfigurationState, document: ConfigurationDocument) => {
  const said = present(document.pricePlans?.said ?? {});
  const after = { ...state.pricePlans, ...said };
  const changes = plans
    .filter((plan) => said[plan] !== undefined)
    .map((plan) => mappingChange('price plan', plan, state.pricePlans[plan], after[plan]));
  return { pricePlans: after, changes };
};

/** A change of one name's value, where null is no value. */
const mappingChange = (
  kind: Kind,
  id: string,
  from: string | number | null,
  to: string | number | null,
): Change => {
  if (from === to) return { kind, id, action: 'unchanged', differences: [] };
  const action = from === null ? 'created' : to === null ? 'removed' : 'updated';
  return { kind, id, action, differences: [{ field: '', from: from ?? undefined, to }] };
};

const planFieldMap = (
  entity: Entity,
  before: FieldMapState,
  document: ConfigurationDocument,
): { after: FieldMapState; changes: Change[] } => {
  const after = new Map(Object.entries(before));
  const changes: Change[] = [];
  for (const [name, key] of Object.entries(document.fieldMaps[entity]?.said ?? {})) {
    if (key === undefined) continue;
    changes.push(mappingChange('pipedrive field', `${entity}.${name}`, before[name] ?? null, key));
    if (key === null) after.delete(name);
    else after.set(name, key);
  }
  return { after: Object.fromEntries(after), changes };
};

/** Lays the file over what is there. What the file leaves out stays as it is. */
export const planConfiguration = (
  state: ConfigurationState,
  document: ConfigurationDocument,
  defaults: Defaults,
): ConfigurationPlan => {
  const meetings = planMeetings(state, document, defaults);
  const admins = planRows<AdminState, AdminEntry>({
    kind: 'admin',
    before: state.admins,
    entries: document.admins,
    idOf: ({ id }) => String(id),
    apply: applyAdmin(defaults),
  });
  const pipelines = planRows<PipelineState, PipelineEntry>({
    kind: 'pipeline',
    before: state.pipelines,
    entries: document.pipelines,
    idOf: ({ pd_pipeline_id }) => String(pd_pipeline_id),
    apply: (existing, said) => ({
      ...(existing ?? { pd_pipeline_id: said.pd_pipeline_id, name: '', default_entry_stage: null }),
      ...present(said),
    }),
  });
  const stages = planRows<StageState, StageEntry>({
    kind: 'stage',
    before: state.stages,
    entries: document.stages,
    idOf: ({ pd_stage_id }) => String(pd_stage_id),
    apply: (existing, said) => ({
      ...(existing ?? { pd_stage_id: said.pd_stage_id, name: '', pd_pipeline_id: null }),
      ...present(said),
    }),
  });
  const pricePlans = planPricePlans(state, document);
  const maps = {
    organization: planFieldMap('organization', state.fieldMaps.organization, document),
    deal: planFieldMap('deal', state.fieldMaps.deal, document),
    person: planFieldMap('person', state.fieldMaps.person, document),
  };
  const customFields = planRows<CustomFieldState, CustomFieldEntry & { machine_name: string }>({
    kind: 'custom field',
    before: state.customFields,
    entries: namedCustomFields(document),
    idOf: customFieldId,
    apply: applyCustomField,
  });
  return {
    result: {
      meetings: meetings.meetings,
      admins: admins.after,
      pipelines: pipelines.after,
      stages: stages.after,
      pricePlans: pricePlans.pricePlans,
      fieldMaps: {
        organization: maps.organization.after,
        deal: maps.deal.after,
        person: maps.person.after,
      },
      customFields: customFields.after,
    },
    changes: [
      ...meetings.changes,
      ...admins.changes,
      ...pipelines.changes,
      ...stages.changes,
      ...pricePlans.changes,
      ...entities.flatMap((entity) => maps[entity].changes),
      ...customFields.changes,
    ],
  };
};

export const changesSomething = (plan: ConfigurationPlan): boolean =>
  plan.changes.some(({ action }) => action !== 'unchanged');
