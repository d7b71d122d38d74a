/**
 * What the entries of a configuration file say together, and together with what is there already.
 *
 * What the database holds is never a fault: rows may have been copied there by hand, and an export must be accepted where it
 * came from. So a value is judged only where the file makes it another.
 */
import type { Fault, Path } from './fault.ts';
import { bindableColumns, entities, mappedFields, type Entity } from './fieldNames.ts';
import { fieldTypes, pipedriveTypesOf, type FieldType } from './fieldTypes.ts';
import { namedCustomFields, machineNameSaid, type ConfigurationPlan } from './plan.ts';
import type { Entry, ReadConfiguration } from './read.ts';
import { customFieldId, type ConfigurationState, type CustomFieldState } from './state.ts';
import { isEmail, isTimeZone } from './values.ts';

/** A field as Pipedrive describes it. */
export interface PipedriveField {
  type: string;
  /** False for Pipedrive's own fields, which are written elsewhere than custom fields. */
  custom: boolean;
}

/** Per entity, by key; undefined while Pipedrive was not asked. */
export type PipedriveFields = Readonly<Record<Entity, ReadonlyMap<string, PipedriveField>>>;

export interface Judgement {
  faults: Fault[];
  /** What may be meant but deserves a look. */
  warnings: Fault[];
}

interface Case {
  read: ReadConfiguration;
  before: ConfigurationState;
  plan: ConfigurationPlan;
  pipedrive: PipedriveFields | undefined;
}

type Report = (path: Path, message: string, value?: unknown) => void;

const minutesOf = (clock: string): number => {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
};

const judgeMeetings = ({ read, before, plan }: Case, report: Report): void => {
  const entry = read.document.meetings;
  const { meetings } = plan.result;
  if (entry === undefined || meetings === null || entry.faulty.size > 0) return;
  if (JSON.stringify(before.meetings) === JSON.stringify(meetings)) return;
  const { said, path } = entry;
  if (meetings.min_start >= meetings.max_end) {
    const key = said.max_end === undefined ? 'min_start' : 'max_end';
    const message = `min_start ${meetings.min_start} must be before max_end ${meetings.max_end}`;
    return report([...path, key], message, meetings[key]);
  }
  const room = minutesOf(meetings.max_end) - minutesOf(meetings.min_start);
  if (meetings.duration_mins <= room) return;
  const key = (['duration_mins', 'max_end', 'min_start'] as const).find((name) => said[name] !== undefined);
  report(
    key === undefined ? path : [...path, key],
    `a meeting of ${meetings.duration_mins} minutes does not fit between ${meetings.min_start} and ${meetings.max_end}`,
    key === undefined ? undefined : meetings[key],
  );
};

/** Every entry after the first of the same row. */
const judgeTwice = <T>(
  entries: readonly Entry<T>[],
  key: string,
  idOf: (said: T) => string,
  report: Report,
): void => {
  const first = new Map<string, Path>();
  for (const { path, said } of entries) {
    const id = idOf(said);
    const before = first.get(id);
    if (before === undefined) first.set(id, path);
    else report([...path, key], `is the same as ${before.join('[')}]`, id);
  }
};

/** A key that a new row needs and nobody said. */
const judgeMissing = <T extends object>(
  { path, said, faulty }: Entry<T>,
  isNew: boolean,
  keys: readonly (keyof T & string)[],
  report: Report,
): void => {
  for (const key of keys) {
    const value = said[key];
    if (value === undefined) {
      if (isNew && !faulty.has(key)) report([...path, key], 'is missing, and the row is new');
    }
  }
};

const isBlank = (text: string): boolean => text.trim() === '';

const judgeNames = <T extends { name?: string | undefined }>(
  { path, said }: Entry<T>,
  existing: { name: string } | undefined,
  report: Report,
): void => {
  if (said.name === undefined || said.name === existing?.name) return;
  if (isBlank(said.name)) report([...path, 'name'], 'must not be blank', said.name);
};

const judgeAdmins = ({ read, before, plan }: Case, report: Report, warn: Report): void => {
  const { admins } = read.document;
  judgeTwice(admins, 'id', ({ id }) => String(id), report);
  for (const entry of admins) {
    const { path, said } = entry;
    const existing = before.admins.find(({ id }) => id === said.id);
    judgeMissing(entry, existing === undefined, ['username'], report);
    if (said.username !== undefined && said.username !== existing?.username && !isEmail(said.username)) {
      report([...path, 'username'], 'must be an e-mail address', said.username);
    }
    if (said.timezone !== undefined && said.timezone !== existing?.timezone && !isTimeZone(said.timezone)) {
      report([...path, 'timezone'], 'must be an IANA time zone such as Europe/London', said.timezone);
    }
    const others = plan.result.admins.filter(({ id }) => id !== said.id);
    const sameTc2 = others.find((other) => other.tc2_admin_id === (said.tc2_admin_id ?? undefined));
    if (sameTc2 !== undefined && said.tc2_admin_id !== existing?.tc2_admin_id) {
      report([...path, 'tc2_admin_id'], `is taken by admin ${sameTc2.id}`, said.tc2_admin_id);
    }
    const sameOwner = others.find((other) => other.pd_owner_id === (said.pd_owner_id ?? undefined));
    if (sameOwner !== undefined && said.pd_owner_id !== existing?.pd_owner_id) {
      const message = `is also admin ${sameOwner.id}'s: what Pipedrive says of this user counts for the lower id`;
      warn([...path, 'pd_owner_id'], message, said.pd_owner_id);
    }
  }
};

const judgePipelines = ({ read, before, plan }: Case, report: Report): void => {
  const { pipelines, stages } = read.document;
  const { result } = plan;
  const knownPipelines = new Set(result.pipelines.map(({ pd_pipeline_id }) => pd_pipeline_id));
  judgeTwice(pipelines, 'pd_pipeline_id', (said) => String(said.pd_pipeline_id), report);
  judgeTwice(stages, 'pd_stage_id', (said) => String(said.pd_stage_id), report);

  for (const entry of pipelines) {
    const { path, said } = entry;
    const existing = before.pipelines.find((row) => row.pd_pipeline_id === said.pd_pipeline_id);
    judgeMissing(entry, existing === undefined, ['name'], report);
    judgeNames(entry, existing, report);
    const stage = said.default_entry_stage ?? null;
    if (stage !== null && !result.stages.some(({ pd_stage_id }) => pd_stage_id === stage)) {
      report([...path, 'default_entry_stage'], 'is no stage of the file or the database', stage);
    }
  }
  for (const entry of stages) {
    const { path, said } = entry;
    const existing = before.stages.find((row) => row.pd_stage_id === said.pd_stage_id);
    judgeMissing(entry, existing === undefined, ['name'], report);
    judgeNames(entry, existing, report);
    const pipeline = said.pd_pipeline_id ?? null;
    if (pipeline !== null && !knownPipelines.has(pipeline)) {
      report([...path, 'pd_pipeline_id'], 'is no pipeline of the file or the database', pipeline);
    }
  }
  for (const [plan, pipeline] of Object.entries(read.document.pricePlans?.said ?? {})) {
    if (typeof pipeline === 'number' && !knownPipelines.has(pipeline)) {
      report(['price_plans', plan], 'is no pipeline of the file or the database', pipeline);
    }
  }
};

/** Pipelines whose entry stage belongs to another pipeline: `pipeline stage other`. */
const strayEntryStages = (state: ConfigurationState) =>
  state.pipelines.flatMap(({ pd_pipeline_id: pipeline, default_entry_stage: stage }) => {
    const home = state.stages.find(({ pd_stage_id }) => pd_stage_id === stage)?.pd_pipeline_id ?? pipeline;
    return stage === null || home === pipeline ? [] : [{ pipeline, stage, home }];
  });

const judgeEntryStages = ({ read, before, plan }: Case, report: Report): void => {
  const already = new Set(strayEntryStages(before).map((stray) => JSON.stringify(stray)));
  for (const stray of strayEntryStages(plan.result)) {
    if (already.has(JSON.stringify(stray))) continue;
    const { pipeline, stage, home } = stray;
    const asPipeline = read.document.pipelines.find(
      ({ said }) => said.pd_pipeline_id === pipeline && said.default_entry_stage === stage,
    );
    const asStage = read.document.stages.find(({ said }) => said.pd_stage_id === stage);
    if (asPipeline !== undefined) {
      const message = `belongs to pipeline ${home}, not to pipeline ${pipeline}`;
      report([...asPipeline.path, 'default_entry_stage'], message, stage);
    } else if (asStage !== undefined) {
      const message = `would move the entry stage of pipeline ${pipeline} to another pipeline`;
      report([...asStage.path, 'pd_pipeline_id'], message, home);
    }
  }
};

const judgeCustomFields = ({ read, before, plan }: Case, report: Report): void => {
  for (const { path, said, faulty } of read.document.customFields) {
    if (machineNameSaid(said) !== '' || faulty.has('machine_name') || faulty.has('name')) continue;
    const message =
      said.name === undefined
        ? 'is missing, and there is no name to make it of'
        : 'is missing, and the name has no letters of a to z to make it of';
    report([...path, 'machine_name'], message);
  }
  const entries = namedCustomFields(read.document);
  judgeTwice(entries, 'machine_name', customFieldId, report);
  for (const entry of entries) {
    const { path, said } = entry;
    const id = customFieldId(said);
    const existing = before.customFields.find((field) => customFieldId(field) === id);
    const field = plan.result.customFields.find((candidate) => customFieldId(candidate) === id);
    judgeMissing(entry, existing === undefined, ['name', 'type'], report);
    judgeNames(entry, existing, report);
    if (existing === undefined && !/^[a-z][a-z0-9_]{0,99}$/.test(said.machine_name)) {
      const message = 'must begin with a letter and hold lower-case letters, digits and _ only';
      report([...path, 'machine_name'], message, said.machine_name);
    }
    if (typeof said.tc2_machine_name === 'string' && isBlank(said.tc2_machine_name)) {
      report([...path, 'tc2_machine_name'], 'must not be blank', said.tc2_machine_name);
    }
    if (field === undefined || entry.faulty.has('type') || entry.faulty.has('column')) continue;
    if (existing?.column === field.column && existing.type === field.type) continue;
    judgeColumn(entry, field, plan.result, report);
  }
};

const judgeColumn = (
  { path, said }: Entry<{ column?: string | null | undefined }>,
  field: CustomFieldState,
  result: ConfigurationState,
  report: Report,
): void => {
  const { entity, column, machine_name: name } = field;
  if (column === null) {
    if (Object.hasOwn(mappedFields[entity], name)) {
      report([...path, 'machine_name'], `is a field of Hermes: choose another name, or a column`, name);
    }
    return;
  }
  const at = [...path, said.column === undefined ? 'machine_name' : 'column'];
  const columns = bindableColumns[entity];
  const types = Object.hasOwn(columns, column) ? columns[column] : undefined;
  if (types === undefined) {
    const message = `is no column of ${entity} that a field can stand for; there are ${Object.keys(columns).join(', ')}`;
    return report(at, message, column);
  }
  if (!(types as readonly string[]).includes(field.type)) {
    report([...path, 'type'], `must be ${types.join(' or ')}, because the column ${column} is`, field.type);
  }
  if (field.pipedrive_key !== null && result.fieldMaps[entity][column] !== undefined) {
    report(at, `has a Pipedrive field already: see pipedrive_fields.${entity}.${column}`, column);
  }
  const other = result.customFields.find(
    (candidate) => candidate !== field && candidate.entity === entity && candidate.column === column,
  );
  if (other !== undefined) report(at, `is the column of ${other.machine_name} too`, column);
};

/** One thing that says a key of Pipedrive, in the file or in the database. */
interface KeyUse {
  owner: string;
  key: string;
  types: readonly FieldType[];
  /** Undefined for what only the database says. */
  path: Path | undefined;
  changed: boolean;
}

const keyUses = (entity: Entity, { read, before, plan }: Case): KeyUse[] => {
  const mapEntry = read.document.fieldMaps[entity];
  const mapped = Object.entries(plan.result.fieldMaps[entity]).map(([name, key]) => ({
    owner: `pipedrive_fields.${entity}.${name}`,
    key,
    types: mappedFields[entity][name] ?? [],
    path: typeof mapEntry?.said[name] === 'string' ? [...mapEntry.path, name] : undefined,
    changed: before.fieldMaps[entity][name] !== key,
  }));
  const entries = namedCustomFields(read.document);
  const custom = plan.result.customFields
    .filter((field) => field.entity === entity)
    .flatMap((field): KeyUse[] => {
      if (field.pipedrive_key === null) return [];
      const id = customFieldId(field);
      const existing = before.customFields.find((candidate) => customFieldId(candidate) === id);
      const entry = entries.find(({ said }) => customFieldId(said) === id);
      const said = entry?.said.pipedrive_key === undefined ? 'type' : 'pipedrive_key';
      return [
        {
          owner: `custom field ${id}`,
          key: field.pipedrive_key,
          types: Object.hasOwn(fieldTypes, field.type) ? [field.type as FieldType] : [],
          path: entry?.said[said] === undefined ? undefined : [...entry.path, said],
          changed: existing?.pipedrive_key !== field.pipedrive_key,
        },
      ];
    });
  return [...mapped, ...custom];
};

const judgeKeys = (state: Case, report: Report, warn: Report): void => {
  for (const entity of entities) {
    const uses = keyUses(entity, state);
    for (const use of uses) {
      const others = uses.filter((other) => other !== use && other.key === use.key);
      // Of two in the file the later one is reported.
      const other = others.find(
        ({ path }) =>
          path === undefined || !use.path || uses.indexOf(use) > uses.findIndex((u) => u.path === path),
      );
      if (use.path !== undefined && use.changed && other !== undefined) {
        report(use.path, `is the key of ${other.owner} too`, use.key);
      }
      if (state.pipedrive !== undefined) judgeAgainstPipedrive(entity, use, state.pipedrive, report, warn);
    }
  }
};

const judgeAgainstPipedrive = (
  entity: Entity,
  use: KeyUse,
  fields: PipedriveFields,
  report: Report,
  warn: Report,
): void => {
  const tell = use.path === undefined ? warn : report;
  const path = use.path ?? [];
  const prefix = use.path === undefined ? `${use.owner}: ` : '';
  const field = fields[entity].get(use.key);
  if (field === undefined)
    return tell(path, `${prefix}Pipedrive has no ${entity} field with this key`, use.key);
  if (!field.custom) {
    return tell(path, `${prefix}is a field of Pipedrive's own, where Hermes needs a custom field`, use.key);
  }
  const suitable = pipedriveTypesOf(use.types);
  if (suitable.length === 0 || suitable.includes(field.type)) return;
  const message = `${prefix}is a field of type ${field.type} in Pipedrive; ${suitable.join(', ')} would do`;
  tell(path, message, use.key);
};

/**
 * All that is wrong beyond what `readConfiguration` found.
 *
 * @param pipedrive the account's fields; undefined when Pipedrive was not or could not be asked
 */
export const judgeConfiguration = (
  read: ReadConfiguration,
  before: ConfigurationState,
  plan: ConfigurationPlan,
  pipedrive: PipedriveFields | undefined,
): Judgement => {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const report: Report = (path, message, value) => void faults.push(read.faultAt(path, message, value));
  const warn: Report = (path, message, value) => void warnings.push(read.faultAt(path, message, value));
  const state = { read, before, plan, pipedrive };
  judgeMeetings(state, report);
  judgeAdmins(state, report, warn);
  judgePipelines(state, report);
  judgeEntryStages(state, report);
  judgeCustomFields(state, report);
  judgeKeys(state, report, warn);
  return { faults, warnings };
};
