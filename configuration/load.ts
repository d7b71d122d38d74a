import type { Knex } from 'knex';
import { plans, regions, roles } from '../domain/configuration/document.ts';
import { entities, type Entity } from '../domain/configuration/fieldNames.ts';
import type { AdminState, ConfigurationState } from '../domain/configuration/state.ts';
import { Admin, Config, CustomField, Pipeline, Stage } from '../db/models/index.ts';
import { planColumns, regionColumns, roleColumns } from './flagColumns.ts';

const adminState = (row: Admin): AdminState => ({
  id: row.id,
  first_name: row.first_name,
  last_name: row.last_name,
  username: row.username,
  timezone: row.timezone,
  tc2_admin_id: row.tc2_admin_id,
  pd_owner_id: row.pd_owner_id,
  roles: roles.filter((role) => row[roleColumns[role]]),
  plans: plans.filter((plan) => row[planColumns[plan]]),
  regions: regions.filter((region) => row[regionColumns[region]]),
});

const byEntity = <T>(value: (entity: Entity) => T): Record<Entity, T> => ({
  organization: value('organization'),
  deal: value('deal'),
  person: value('person'),
});

/** Reads the whole configuration, as the file would name it. */
export const loadConfiguration = async (db: Knex): Promise<ConfigurationState> => {
  const [config] = await Config.query(db).orderBy('id').limit(1);
  const admins = await Admin.query(db).orderBy('id');
  const pipelines = await Pipeline.query(db).orderBy('pd_pipeline_id');
  const stages = await Stage.query(db).orderBy('pd_stage_id');
  const maps: { entity: Entity; name: string; pipedrive_key: string }[] = await db('pipedrive_field').select(
    'entity',
    'name',
    'pipedrive_key',
  );
  const customFields = await CustomField.query(db).orderBy(['entity', 'machine_name']);

  const pipelineIds = new Map(pipelines.map((row) => [row.id, row.pd_pipeline_id]));
  const stageIds = new Map(stages.map((row) => [row.id, row.pd_stage_id]));
  const outer = (ids: ReadonlyMap<number, number>, id: number | null | undefined): number | null =>
    ids.get(id ?? 0) ?? null;

  return {
    meetings:
      config === undefined
        ? null
        : {
            duration_mins: config.meeting_dur_mins,
            buffer_mins: config.meeting_buffer_mins,
            min_start: config.meeting_min_start,
            max_end: config.meeting_max_end,
          },
    admins: admins.map(adminState),
    pipelines: pipelines.map((row) => ({
      pd_pipeline_id: row.pd_pipeline_id,
      name: row.name,
      default_entry_stage: outer(stageIds, row.dft_entry_stage_id),
    })),
    stages: stages.map((row) => ({
      pd_stage_id: row.pd_stage_id,
      name: row.name,
      pd_pipeline_id: outer(pipelineIds, row.pipeline_id),
    })),
    pricePlans: {
      payg: outer(pipelineIds, config?.payg_pipeline_id),
      startup: outer(pipelineIds, config?.startup_pipeline_id),
      enterprise: outer(pipelineIds, config?.enterprise_pipeline_id),
    },
    fieldMaps: byEntity((entity) =>
      Object.fromEntries(
        maps.filter((row) => row.entity === entity).map((row) => [row.name, row.pipedrive_key]),
      ),
    ),
    customFields: customFields
      .filter(({ entity }) => entities.includes(entity))
      .map((row) => ({
        machine_name: row.machine_name,
        name: row.name,
        entity: row.entity,
        type: row.type,
        pipedrive_key: row.pipedrive_key,
        column: row.hermes_column,
        tc2_machine_name: row.tc2_machine_name,
      })),
  };
};
