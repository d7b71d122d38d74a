import type { Context } from 'koa';
import type { Pipeline, Stage } from '../../../db/models/index.ts';
import { identifierOf } from '../../../domain/values/identifier.ts';
import type { ApiDependencies } from '../../context.ts';
import { HttpError, notFound } from '../../errors.ts';
import { operatorOf, readForm, redirect, render } from '../context.ts';
import { auditOperator } from '../operators.ts';

/** GET /admin/pipelines (ADM-09) */
export const pipelines =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const [rows, stages] = await Promise.all([
      db('pipeline').orderBy('pd_pipeline_id').select<Pipeline[]>('*'),
      db('stage').orderBy('pd_stage_id').select<Stage[]>('*'),
    ]);
    render(context, 'pipelines', { title: 'Pipelines', rows, stages });
  };

/** POST /admin/pipelines/:id (ADM-10): name, Pipedrive id and entry stage. */
export const savePipeline =
  ({ db }: ApiDependencies) =>
  async (context: Context): Promise<void> => {
    const form = await readForm(context);
    const id = identifierOf(context.params.id);
    const name = (form.get('name') ?? '').trim();
    const pd_pipeline_id = identifierOf(form.get('pd_pipeline_id'));
    const dft_entry_stage_id = identifierOf(form.get('dft_entry_stage_id'));
    if (name === '' || pd_pipeline_id === null)
      throw new HttpError(422, 'A pipeline needs a name and its Pipedrive id');
    const taken = await db('pipeline').where({ pd_pipeline_id }).whereNot({ id }).first('id');
    if (taken !== undefined) throw new HttpError(422, 'Another pipeline has that Pipedrive id');
    if (dft_entry_stage_id !== null) {
      const stage = (await db('stage').where({ id: dft_entry_stage_id }).first('pipeline_id')) as
        { pipeline_id: number | null } | undefined;
      if (stage === undefined || (stage.pipeline_id !== null && stage.pipeline_id !== id)) {
        throw new HttpError(422, 'The entry stage belongs to another pipeline');
      }
    }
    const saved = await db('pipeline').where({ id }).update({ name, pd_pipeline_id, dft_entry_stage_id });
    if (saved === 0) throw notFound('There is no such pipeline');
    await auditOperator(db, operatorOf(context), 'configured', `pipeline ${id}`);
    redirect(context, '/admin/pipelines', 'Saved');
  };
