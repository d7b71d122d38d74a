import type { ConfigurationState } from '../state.ts';
import { judgeMissing, judgeName, judgeTwice, type Case } from './case.ts';

/** Pipelines, stages and the plans' pipelines: each once, and every reference leads somewhere. */
export const judgePipelines = ({ document, before, plan, report }: Case): void => {
  const { pipelines, stages } = document;
  const { result } = plan;
  const knownPipelines = new Set(result.pipelines.map(({ pd_pipeline_id }) => pd_pipeline_id));
  judgeTwice(pipelines, 'pd_pipeline_id', (said) => said.pd_pipeline_id, report);
  judgeTwice(stages, 'pd_stage_id', (said) => said.pd_stage_id, report);

  for (const entry of pipelines) {
    const { path, said } = entry;
    const existing = before.pipelines.find((row) => row.pd_pipeline_id === said.pd_pipeline_id);
    judgeMissing(entry, existing === undefined, ['name'], report);
    judgeName(entry, existing, report);
    const stage = said.default_entry_stage ?? null;
    if (stage !== null && !result.stages.some(({ pd_stage_id }) => pd_stage_id === stage)) {
      report([...path, 'default_entry_stage'], 'is no stage of the file or the database', stage);
    }
  }
  for (const entry of stages) {
    const { path, said } = entry;
    const existing = before.stages.find((row) => row.pd_stage_id === said.pd_stage_id);
    judgeMissing(entry, existing === undefined, ['name'], report);
    judgeName(entry, existing, report);
    const pipeline = said.pd_pipeline_id ?? null;
    if (pipeline !== null && !knownPipelines.has(pipeline)) {
      report([...path, 'pd_pipeline_id'], 'is no pipeline of the file or the database', pipeline);
    }
  }
  for (const [plan, pipeline] of Object.entries(document.pricePlans?.said ?? {})) {
    if (typeof pipeline === 'number' && !knownPipelines.has(pipeline)) {
      report(['price_plans', plan], 'is no pipeline of the file or the database', pipeline);
    }
  }
};

/** Pipelines whose entry stage is known to belong to another one. */
const strayEntryStages = (state: ConfigurationState) =>
  state.pipelines.flatMap(({ pd_pipeline_id: pipeline, default_entry_stage: stage }) => {
    const home = state.stages.find(({ pd_stage_id }) => pd_stage_id === stage)?.pd_pipeline_id ?? pipeline;
    return stage === null || home === pipeline ? [] : [{ pipeline, stage, home }];
  });

/** An entry stage must belong to its pipeline, where its pipeline is known. */
export const judgeEntryStages = ({ document, before, plan, report }: Case): void => {
  const already = new Set(strayEntryStages(before).map((stray) => JSON.stringify(stray)));
  for (const stray of strayEntryStages(plan.result)) {
    if (already.has(JSON.stringify(stray))) continue;
    const { pipeline, stage, home } = stray;
    const asPipeline = document.pipelines.find(
      ({ said }) => said.pd_pipeline_id === pipeline && said.default_entry_stage === stage,
    );
    const asStage = document.stages.find(({ said }) => said.pd_stage_id === stage);
    if (asPipeline !== undefined) {
      const message = `belongs to pipeline ${home}, not to pipeline ${pipeline}`;
      report([...asPipeline.path, 'default_entry_stage'], message, stage);
    } else if (asStage !== undefined) {
      const message = `would move the entry stage of pipeline ${pipeline} to another pipeline`;
      report([...asStage.path, 'pd_pipeline_id'], message, home);
    }
  }
};
