import type { Knex } from 'knex';
import { plans, regions, roles } from '../domain/configuration/document.ts';
import type { Change, ConfigurationPlan, Kind } from '../domain/configuration/plan.ts';
import { customFieldId, type AdminState, type ConfigurationState } from '../domain/configuration/state.ts';
import { planColumns, regionColumns, roleColumns } from './flagColumns.ts';

type Columns = Record<string, unknown>;

const flags = <T extends string>(
  names: readonly T[],
  columns: Readonly<Record<T, string>>,
  chosen: readonly string[],
): Columns => Object.fromEntries(names.map((name) => [columns[name], chosen.includes(name)]));

const adminColumns = (admin: AdminState): Columns => ({
  first_name: admin.first_name,
  last_name: admin.last_name,
  username: admin.username,
  timezone: admin.timezone,
  tc2_admin_id: admin.tc2_admin_id,
  pd_owner_id: admin.pd_owner_id,
  ...flags(roles, roleColumns, admin.roles),
  ...flags(plans, planColumns, admin.plans),
  ...flags(regions, regionColumns, admin.regions),
});

/** Row ids by Pipedrive id. */
const rowIds = async (db: Knex, table: string, key: string): Promise<ReadonlyMap<number, number>> => {
  const rows: Record<string, number>[] = await db(table).select('id', key);
  return new Map(rows.map((row) => [row[key] ?? 0, row['id'] ?? 0]));
};

const saveAdmins = async (db: Knex, changed: ReadonlyMap<string, Change>, state: ConfigurationState) => {
  // Two admins may swap their TC2 ids, which are unique at every moment.
  const takenOver = [...changed.values()].filter(
    ({ action, differences }) =>
      action === 'updated' && differences.some(({ field }) => field === 'tc2_admin_id'),
  );
  if (takenOver.length > 0) {
    const ids = takenOver.map(({ id }) => Number(id));
    await db('admin').whereIn('id', ids).update({ tc2_admin_id: null });
  }
  for (const admin of state.admins) {
    const action = changed.get(String(admin.id))?.action;
    if (action === 'created') await db('admin').insert({ id: admin.id, ...adminColumns(admin) });
    if (action === 'updated') await db('admin').where({ id: admin.id }).update(adminColumns(admin));
  }
};

/** A pipeline names its entry stage and a stage its pipeline, so the rows come first and the links after. */
const savePipelinesAndStages = async (
  db: Knex,
  pipelines: ReadonlyMap<string, Change>,
  stages: ReadonlyMap<string, Change>,
  state: ConfigurationState,
) => {
  const changedPipelines = state.pipelines.filter((row) => pipelines.has(String(row.pd_pipeline_id)));
  const changedStages = state.stages.filter((row) => stages.has(String(row.pd_stage_id)));
  for (const { pd_pipeline_id, name } of changedPipelines) {
    await db('pipeline').insert({ pd_pipeline_id, name }).onConflict('pd_pipeline_id').merge(['name']);
  }
  const pipelineIds = await rowIds(db, 'pipeline', 'pd_pipeline_id');
  for (const { pd_stage_id, name, pd_pipeline_id } of changedStages) {
    const row = { pd_stage_id, name, pipeline_id: pipelineIds.get(pd_pipeline_id ?? 0) ?? null };
    await db('stage').insert(row).onConflict('pd_stage_id').merge(['name', 'pipeline_id']);
  }
  const stageIds = await rowIds(db, 'stage', 'pd_stage_id');
  for (const { pd_pipeline_id, default_entry_stage } of changedPipelines) {
    await db('pipeline')
      .where({ pd_pipeline_id })
      .update({ dft_entry_stage_id: stageIds.get(default_entry_stage ?? 0) ?? null });
  }
};

const saveConfig = async (db: Knex, { meetings, pricePlans }: ConfigurationState) => {
  if (meetings === null) return;
  const pipelineIds = await rowIds(db, 'pipeline', 'pd_pipeline_id');
  const columns = {
    meeting_dur_mins: meetings.duration_mins,
    meeting_buffer_mins: meetings.buffer_mins,
    meeting_min_start: meetings.min_start,
    meeting_max_end: meetings.max_end,
    payg_pipeline_id: pipelineIds.get(pricePlans.payg ?? 0) ?? null,
    startup_pipeline_id: pipelineIds.get(pricePlans.startup ?? 0) ?? null,
    enterprise_pipeline_id: pipelineIds.get(pricePlans.enterprise ?? 0) ?? null,
  };
  const row: { id: number } | undefined = await db('config').orderBy('id').first('id');
  if (row === undefined) await db('config').insert(columns);
  else await db('config').where({ id: row.id }).update(columns);
};

const saveFieldMaps = async (db: Knex, changed: ReadonlyMap<string, Change>) => {
  for (const { id, action, differences } of changed.values()) {
    const [entity = '', name = ''] = id.split('.');
    if (action === 'removed') await db('pipedrive_field').where({ entity, name }).delete();
    else {
      const row = { entity, name, pipedrive_key: differences[0]?.to };
      await db('pipedrive_field').insert(row).onConflict(['entity', 'name']).merge(['pipedrive_key']);
    }
  }
};

const saveCustomFields = async (
  db: Knex,
  changed: ReadonlyMap<string, Change>,
  { customFields }: ConfigurationState,
) => {
  for (const field of customFields.filter((candidate) => changed.has(customFieldId(candidate)))) {
    const { column: hermes_column, ...columns } = field;
    await db('custom_field')
      .insert({ ...columns, hermes_column })
      .onConflict(['entity', 'machine_name'])
      .merge();
  }
};

/** Writes what a plan changes, and nothing else. The caller holds the transaction and the locks. */
export const saveConfiguration = async (db: Knex, plan: ConfigurationPlan): Promise<void> => {
  const changed = (kind: Kind): ReadonlyMap<string, Change> =>
    new Map(
      plan.changes
        .filter((change) => change.kind === kind && change.action !== 'unchanged')
        .map((change) => [change.id, change]),
    );
  await saveAdmins(db, changed('admin'), plan.result);
  await savePipelinesAndStages(db, changed('pipeline'), changed('stage'), plan.result);
  if (changed('meetings').size + changed('price plan').size > 0) await saveConfig(db, plan.result);
  await saveFieldMaps(db, changed('pipedrive field'));
  await saveCustomFields(db, changed('custom field'), plan.result);
};
