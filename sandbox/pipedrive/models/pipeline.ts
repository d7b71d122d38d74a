import { z } from 'zod';
import { parse } from '../errors.ts';
import { title } from '../shapes.ts';
import { requireSomething, sent, type Model } from './model.ts';

const writable = { is_deal_probability_enabled: z.boolean().optional() };
const createBody = z.strictObject({ name: title, ...writable });
const changeBody = z.strictObject({ name: title.optional(), ...writable });

/** Pipelines; order_nr is given by the account. */
export const pipelineModel: Model<'pipeline'> = {
  entity: 'pipeline',
  path: 'pipelines',
  label: 'Pipeline',

  create: (store, _actor, input, rowId) => {
    const body = parse(createBody, input);
    const now = store.writeTime();
    return {
      id: rowId,
      name: body.name,
      order_nr: Math.max(0, ...[...store.pipelines.values()].map((pipeline) => pipeline.order_nr)) + 1,
      is_deal_probability_enabled: body.is_deal_probability_enabled ?? false,
      add_time: now,
      update_time: now,
      is_deleted: false,
    };
  },

  change: (_store, _actor, row, input) => {
    const body = parse(changeBody, input);
    requireSomething(body);
    return { ...row, ...sent(body) };
  },
};
