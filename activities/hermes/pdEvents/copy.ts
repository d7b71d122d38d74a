/** Pipelines and stages: Hermes keeps a copy of their names. A delete is ignored; the door does not even start a run. */
import type { PdContext, PdSubject } from './context.ts';
import { ignored, type PdVerdict } from './verdict.ts';

type CopiedEntity = 'pipeline' | 'stage';

interface CopyRow {
  id: number;
  name: string;
  pipeline_id?: number | null;
}

const idColumns = { pipeline: 'pd_pipeline_id', stage: 'pd_stage_id' } as const;

const isInactive = ({ report: { fields } }: PdSubject): boolean =>
  fields.active_flag === false || fields.is_deleted === true;

/** The pipeline of a stage, where Hermes has it. */
const pipelineOf = async ({ trx }: PdContext, subject: PdSubject): Promise<number | null> => {
  const remoteId = subject.report.fields.pipeline_id;
  if (typeof remoteId !== 'number') return null;
  const row = (await trx('pipeline').where({ pd_pipeline_id: remoteId }).first('id')) as
    { id: number } | undefined;
  return row?.id ?? null;
};

/**
 * Creates or renames the copy (PDL-01 to PDL-21).
 *
 * @returns `readNeeded` for an unknown one without a name; an inactive one is not created (PDL-03)
 */
export const storeCopy =
  (entity: CopiedEntity) =>
  async (context: PdContext, subject: PdSubject): Promise<PdVerdict> => {
    const { trx } = context;
    const idColumn = idColumns[entity];
    const name = typeof subject.report.fields.name === 'string' ? subject.report.fields.name : '';
    const pipelineId = entity === 'stage' ? await pipelineOf(context, subject) : null;
    const [row] = (await trx(entity)
      .where({ [idColumn]: subject.id })
      .forNoKeyUpdate()
      .select('*')) as CopyRow[];

    if (row === undefined) {
      if (isInactive(subject)) return ignored(`the ${entity} is unknown and inactive`);
      if (name === '') {
        if (!subject.isReading) return { kind: 'readNeeded', reference: null };
        return ignored(`the ${entity} has no name`);
      }
      await trx(entity).insert({
        [idColumn]: subject.id,
        name,
        ...(entity === 'stage' ? { pipeline_id: pipelineId } : {}),
      });
      return { kind: 'stored', companyId: null, changed: true, note: null };
    }

    const patch: Partial<CopyRow> = {};
    if (name !== '' && name !== row.name) patch.name = name;
    if (pipelineId !== null && pipelineId !== row.pipeline_id) patch.pipeline_id = pipelineId;
    const changed = Object.keys(patch).length > 0;
    if (changed) await trx(entity).where({ id: row.id }).update(patch);
    return { kind: 'stored', companyId: null, changed, note: null };
  };

/** A copy outlives its original: deals may still name it (PDL-10). */
export const removeCopy = (entity: CopiedEntity) => async (): Promise<PdVerdict> =>
  ignored(`a ${entity} that is deleted in Pipedrive is kept`);
