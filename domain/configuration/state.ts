/** The configuration that Hermes holds, in the words of the file: rows are named by the ids that the file knows. */
import type { Plan } from './document.ts';
import type { Entity } from './fieldNames.ts';

export interface MeetingsState {
  duration_mins: number;
  buffer_mins: number;
  min_start: string;
  max_end: string;
}

export interface AdminState {
  id: number;
  first_name: string;
  last_name: string;
  username: string;
  timezone: string;
  tc2_admin_id: number | null;
  pd_owner_id: number | null;
  roles: string[];
  plans: string[];
  regions: string[];
}

export interface PipelineState {
  pd_pipeline_id: number;
  name: string;
  /** A pd_stage_id. */
  default_entry_stage: number | null;
}

export interface StageState {
  pd_stage_id: number;
  name: string;
  pd_pipeline_id: number | null;
}

/** Plan to pd_pipeline_id. */
export type PricePlansState = Record<Plan, number | null>;

/** Hermes name to Pipedrive key. */
export type FieldMapState = Readonly<Record<string, string>>;

export interface CustomFieldState {
  machine_name: string;
  name: string;
  entity: Entity;
  type: string;
  pipedrive_key: string | null;
  column: string | null;
  tc2_machine_name: string | null;
}

export interface ConfigurationState {
  /** Null while there is no configuration row. */
  meetings: MeetingsState | null;
  admins: readonly AdminState[];
  pipelines: readonly PipelineState[];
  stages: readonly StageState[];
  pricePlans: PricePlansState;
  fieldMaps: Readonly<Record<Entity, FieldMapState>>;
  customFields: readonly CustomFieldState[];
}

/** What a custom field is known by. */
export const customFieldId = (field: { entity: Entity; machine_name: string }): string =>
  `${field.entity}.${field.machine_name}`;
