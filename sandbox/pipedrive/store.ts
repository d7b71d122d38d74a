/**
 * What the account holds, in memory. Only data and look-ups: the rules are in models/, the HTTP in routes/.
 */
import { Clock, toUtcSeconds } from './clock.ts';
import { builtInFields, type FieldOwner, type FieldRow } from './fieldRows.ts';
import type {
  ActivityRow,
  DealRow,
  EntityName,
  FieldEntity,
  OrganizationRow,
  PersonRow,
  PipelineRow,
  RowTypes,
  StageRow,
  UserRow,
} from './rows.ts';
import type { PipedriveSettings } from './settings.ts';

/** Deleted records can be read (where goneStyle says so) for 30 days, then they are gone for good. */
const purgeAfterMs = 30 * 24 * 60 * 60_000;

export interface ActivityType {
  id: number;
  key_string: string;
  name: string;
}

const activityTypes: ActivityType[] = [
  ['call', 'Call'],
  ['meeting', 'Meeting'],
  ['task', 'Task'],
  ['deadline', 'Deadline'],
  ['email', 'Email'],
  ['lunch', 'Lunch'],
].map(([key_string = '', name = ''], index) => ({ id: index + 1, key_string, name }));

/** Everything that the account holds but its webhooks; cloneable. */
export interface StoreSnapshot {
  users: Map<number, UserRow>;
  organizations: Map<number, OrganizationRow>;
  persons: Map<number, PersonRow>;
  deals: Map<number, DealRow>;
  activities: Map<number, ActivityRow>;
  pipelines: Map<number, PipelineRow>;
  stages: Map<number, StageRow>;
  fields: Record<FieldOwner, Map<string, FieldRow>>;
  deletions: Map<string, { entity: EntityName; id: number; at: number }>;
  lastIds: Map<string, number>;
}

const refill = <K, V>(map: Map<K, V>, entries: ReadonlyMap<K, V>): void => {
  map.clear();
  for (const [key, value] of entries) map.set(key, value);
};

export class Store {
  readonly settings: PipedriveSettings;
  readonly clock = new Clock();
  readonly users = new Map<number, UserRow>();
  readonly organizations = new Map<number, OrganizationRow>();
  readonly persons = new Map<number, PersonRow>();
  readonly deals = new Map<number, DealRow>();
  readonly activities = new Map<number, ActivityRow>();
  readonly pipelines = new Map<number, PipelineRow>();
  readonly stages = new Map<number, StageRow>();
  readonly fields: Record<FieldOwner, Map<string, FieldRow>> = {
    organization: new Map(),
    person: new Map(),
    deal: new Map(),
    activity: new Map(),
  };
  readonly activityTypes = activityTypes;
  /** When a record was deleted, by entity and id. */
  private readonly deletions = new Map<string, { entity: EntityName; id: number; at: number }>();
  private readonly lastIds = new Map<string, number>();
  private lastWrite = 0;

  constructor(settings: PipedriveSettings) {
    this.settings = settings;
    this.clear();
  }

  /** The empty account: no record, no custom field, no user. */
  clear(): void {
    for (const map of [this.users, this.organizations, this.persons, this.deals, this.activities])
      map.clear();
    for (const map of [this.pipelines, this.stages, this.deletions, this.lastIds]) map.clear();
    for (const owner of ['organization', 'person', 'deal', 'activity'] as const) {
      this.fields[owner].clear();
      for (const field of builtInFields(owner)) this.fields[owner].set(field.field_code, field);
    }
    this.clock.reset();
    this.lastWrite = 0;
  }

  snapshot(): StoreSnapshot {
    const { users, organizations, persons, deals, activities, pipelines, stages, fields } = this;
    const { deletions, lastIds } = this;
    const records = { users, organizations, persons, deals, activities, pipelines, stages };
    return structuredClone({ ...records, fields, deletions, lastIds });
  }

  restore(snapshot: StoreSnapshot): void {
    const kept = structuredClone(snapshot);
    for (const owner of ['organization', 'person', 'deal', 'activity'] as const) {
      refill(this.fields[owner], kept.fields[owner]);
    }
    refill(this.users, kept.users);
    refill(this.organizations, kept.organizations);
    refill(this.persons, kept.persons);
    refill(this.deals, kept.deals);
    refill(this.activities, kept.activities);
    refill(this.pipelines, kept.pipelines);
    refill(this.stages, kept.stages);
    refill(this.deletions, kept.deletions);
    refill(this.lastIds, kept.lastIds);
  }

  rows<E extends EntityName>(entity: E): Map<number, RowTypes[E]> {
    const maps: { [K in EntityName]: Map<number, RowTypes[K]> } = {
      organization: this.organizations,
      person: this.persons,
      deal: this.deals,
      activity: this.activities,
      pipeline: this.pipelines,
      stage: this.stages,
    };
    return maps[entity];
  }

  /** The row unless it is missing or deleted. */
  live<E extends EntityName>(entity: E, id: number): RowTypes[E] | undefined {
    const row = this.rows(entity).get(id);
    return row === undefined || row.is_deleted ? undefined : row;
  }

  /** The next id of a kind; a given one is taken and never handed out again. */
  takeId(kind: string, given?: number): number {
    const last = this.lastIds.get(kind) ?? 0;
    const id = given ?? last + 1;
    this.lastIds.set(kind, Math.max(last, id));
    return id;
  }

  /** The time of a write. */
  writeTime(): string {
    const second = 1_000;
    let now = Math.floor(this.clock.now() / second) * second;
    if (this.settings.distinctUpdateTimes) now = Math.max(now, this.lastWrite + second);
    this.lastWrite = now;
    return toUtcSeconds(now);
  }

  noteDeletion(entity: EntityName, id: number): void {
    this.deletions.set(`${entity}:${id}`, { entity, id, at: this.clock.now() });
  }

  deletedAt(entity: EntityName, id: number): number | undefined {
    return this.deletions.get(`${entity}:${id}`)?.at;
  }

  /** Removes what was deleted 30 days ago. */
  purge(): void {
    const limit = this.clock.now() - purgeAfterMs;
    for (const [key, { entity, id, at }] of this.deletions) {
      if (at > limit) continue;
      this.rows(entity).delete(id);
      this.deletions.delete(key);
    }
  }

  customFields(entity: FieldEntity): FieldRow[] {
    return [...this.fields[entity].values()].filter((field) => field.is_custom_field);
  }

  /** A custom field of that name; names are not unique, the first one counts. */
  customFieldNamed(entity: FieldEntity, name: string): FieldRow | undefined {
    return this.customFields(entity).find((field) => field.field_name === name);
  }

  activeUser(id: number): UserRow | undefined {
    const user = this.users.get(id);
    return user !== undefined && user.active_flag && !user.is_deleted ? user : undefined;
  }

  /** Stages of a pipeline in their order. */
  stagesOf(pipelineId: number): StageRow[] {
    return [...this.stages.values()]
      .filter((stage) => stage.pipeline_id === pipelineId && !stage.is_deleted)
      .sort((a, b) => a.order_nr - b.order_nr || a.id - b.id);
  }

  /** The pipeline that deals go to when none is named: the one with the lowest order. */
  defaultPipeline(): PipelineRow | undefined {
    return [...this.pipelines.values()]
      .filter((pipeline) => !pipeline.is_deleted)
      .sort((a, b) => a.order_nr - b.order_nr || a.id - b.id)[0];
  }
}
