import { BaseModel } from './base.ts';

/** Copy of a pipeline of Pipedrive. */
export class Pipeline extends BaseModel {
  static override tableName = 'pipeline';

  declare id: number;
  declare pd_pipeline_id: number;
  declare name: string;
  declare dft_entry_stage_id: number | null;
}

/** Copy of a stage of Pipedrive. */
export class Stage extends BaseModel {
  static override tableName = 'stage';

  declare id: number;
  declare pd_stage_id: number;
  declare name: string;
  declare pipeline_id: number | null;
}

/** Meeting hours and the pipeline of each price plan; at most one row. */
export class Config extends BaseModel {
  static override tableName = 'config';

  declare id: number;
  declare meeting_dur_mins: number;
  declare meeting_buffer_mins: number;
  declare meeting_min_start: string;
  declare meeting_max_end: string;
  declare payg_pipeline_id: number | null;
  declare startup_pipeline_id: number | null;
  declare enterprise_pipeline_id: number | null;
}
