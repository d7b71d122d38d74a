import { z } from 'zod';
import { parse } from '../errors.ts';
import { id, title } from '../shapes.ts';
import { requireLink, requireSomething, sent, type Model } from './model.ts';

const writable = {
  deal_probability: z.int().min(0).max(100).optional(),
  is_deal_rot_enabled: z.boolean().optional(),
  days_to_rotten: z.int().positive().nullable().optional(),
};
const createBody = z.strictObject({ name: title, pipeline_id: id, ...writable });
const changeBody = z.strictObject({ name: title.optional(), pipeline_id: id.optional(), ...writable });

/** Stages of a pipeline; order_nr is given by the account. */
export const stageModel: Model<'stage'> = {
  entity: 'stage',
  path: 'stages',
  label: 'Stage',

  create: (store, _actor, input, rowId) => {
    const body = parse(createBody, input);
    requireLink(store, 'pipeline', 'pipeline_id', body.pipeline_id);
    const now = store.writeTime();
    return {
      id: rowId,
      name: body.name,
      order_nr: Math.max(0, ...store.stagesOf(body.pipeline_id).map((stage) => stage.order_nr)) + 1,
      pipeline_id: body.pipeline_id,
      deal_probability: body.deal_probability ?? 100,
      is_deal_rot_enabled: body.is_deal_rot_enabled ?? false,
      days_to_rotten: body.days_to_rotten ?? null,
      add_time: now,
      update_time: now,
      is_deleted: false,
    };
  },

  change: (store, _actor, row, input) => {
    const body = parse(changeBody, input);
    requireSomething(body);
    requireLink(store, 'pipeline', 'pipeline_id', body.pipeline_id);
    return { ...row, ...sent(body) };
  },
};
