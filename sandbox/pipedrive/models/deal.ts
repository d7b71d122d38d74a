import { z } from 'zod';
import { writeCustomFields } from '../customFields.ts';
import { badRequest, invalid, parse } from '../errors.ts';
import type { DealRow } from '../rows.ts';
import { currency, date, id, text, title, utcTime } from '../shapes.ts';
import type { Store } from '../store.ts';
import {
  customFieldsBody,
  requireLabels,
  requireLink,
  requireOwner,
  requireSomething,
  requireVisibility,
  sent,
  type Model,
} from './model.ts';

const writable = {
  owner_id: id.optional(),
  person_id: id.nullable().optional(),
  org_id: id.nullable().optional(),
  pipeline_id: id.optional(),
  stage_id: id.optional(),
  value: z.number().nonnegative().optional(),
  currency: currency.optional(),
  is_deleted: z.boolean().optional(),
  is_archived: z.boolean().optional(),
  archive_time: utcTime.optional(),
  status: z.literal(['open', 'won', 'lost']).optional(),
  probability: z.number().min(0).max(100).nullable().optional(),
  lost_reason: text(255).optional(),
  visible_to: z.int().optional(),
  close_time: utcTime.optional(),
  won_time: utcTime.optional(),
  lost_time: utcTime.optional(),
  // null is "not a valid 'string'"; an empty text is taken and stored as no date.
  expected_close_date: z
    .union([date, z.literal('')], { error: "The value is not a valid 'string'" })
    .optional(),
  label_ids: z.array(id).optional(),
  custom_fields: customFieldsBody.optional(),
};

const createBody = z.strictObject({ title, ...writable });
const changeBody = z.strictObject({ title: title.optional(), ...writable });

type Body = z.infer<typeof changeBody>;

const emptyDate = '0000-00-00';

const check = (store: Store, body: Body): void => {
  if (body.is_deleted === true) throw invalid('is_deleted', 'A deal is deleted with DELETE');
  requireLink(store, 'person', 'person_id', body.person_id);
  requireLink(store, 'organization', 'org_id', body.org_id);
  requireLabels(store, 'deal', body.label_ids);
};

/** Keys that belong to a status may be sent only with a deal of that status. */
const checkStatusKeys = (body: Body, status: DealRow['status']): void => {
  const refuse = (key: keyof Body, statuses: DealRow['status'][]): void => {
    if (body[key] === undefined || statuses.includes(status)) return;
    throw invalid(key, `The value is allowed only for ${statuses.join(' and ')} deals`);
  };
  refuse('lost_reason', ['lost']);
  refuse('lost_time', ['lost']);
  refuse('won_time', ['won']);
  refuse('close_time', ['won', 'lost']);
};

const requirePlace = (store: Store, body: Body): void => {
  requireLink(store, 'pipeline', 'pipeline_id', body.pipeline_id);
  requireLink(store, 'stage', 'stage_id', body.stage_id);
};

const firstStage = (store: Store, pipelineId: number): number => {
  const stage = store.stagesOf(pipelineId)[0];
  if (stage === undefined) throw invalid('pipeline_id', 'The pipeline has no stage');
  return stage.id;
};

type Place = Pick<DealRow, 'pipeline_id' | 'stage_id'>;

const stageInPipeline = (store: Store, stageId: number, pipelineId: number | undefined): Place => {
  const pipeline_id = store.stages.get(stageId)?.pipeline_id ?? 0;
  if (pipelineId !== undefined && pipelineId !== pipeline_id) {
    throw invalid('stage_id', 'The stage does not belong to the pipeline');
  }
  return { pipeline_id, stage_id: stageId };
};

/** Without a stage the first one of the pipeline, without a pipeline the default one. */
const newPlace = (store: Store, body: Body): Place => {
  requirePlace(store, body);
  if (body.stage_id !== undefined) return stageInPipeline(store, body.stage_id, body.pipeline_id);
  const pipeline_id = body.pipeline_id ?? store.defaultPipeline()?.id;
  if (pipeline_id === undefined) throw badRequest('The account has no pipeline');
  return { pipeline_id, stage_id: firstStage(store, pipeline_id) };
};

const changedPlace = (store: Store, row: DealRow, body: Body): Place => {
  requirePlace(store, body);
  const { pipeline_id, stage_id } = body;
  const across = store.settings.moveAcrossPipelines;
  if (stage_id !== undefined) {
    return stageInPipeline(store, stage_id, pipeline_id ?? (across ? undefined : row.pipeline_id));
  }
  if (pipeline_id === undefined || pipeline_id === row.pipeline_id) return row;
  if (!across) throw invalid('pipeline_id', 'The stage does not belong to the pipeline');
  return { pipeline_id, stage_id: firstStage(store, pipeline_id) };
};

/** What goes with a status: the times of closing, and the reason of a loss. */
const closing = (body: Body, status: DealRow['status'], now: string, row?: DealRow): Partial<DealRow> => {
  const same = row?.status === status;
  switch (status) {
    case 'won': {
      const won_time = body.won_time ?? body.close_time ?? (same ? row.won_time : now);
      return {
        won_time,
        first_won_time: row?.first_won_time ?? won_time,
        close_time: body.close_time ?? (same ? row.close_time : won_time),
        lost_time: null,
        lost_reason: null,
      };
    }
    case 'lost': {
      const lost_time = body.lost_time ?? body.close_time ?? (same ? row.lost_time : now);
      return {
        lost_time,
        close_time: body.close_time ?? (same ? row.close_time : lost_time),
        won_time: null,
        lost_reason: body.lost_reason ?? (same ? row.lost_reason : null),
      };
    }
    case 'open':
      return { won_time: null, lost_time: null, close_time: null, lost_reason: null };
    case 'deleted':
      return {};
    default:
      return status satisfies never;
  }
};

const closeDate = (body: Body): { expected_close_date?: string } =>
  body.expected_close_date === undefined
    ? {}
    : { expected_close_date: body.expected_close_date === '' ? emptyDate : body.expected_close_date };

/** Deals: only `title` is required; stage and pipeline have to agree. */
export const dealModel: Model<'deal'> = {
  entity: 'deal',
  path: 'deals',
  label: 'Deal',

  create: (store, actor, input, rowId) => {
    const body = parse(createBody, input);
    check(store, body);
    const status = body.status ?? 'open';
    checkStatusKeys(body, status);
    const now = store.writeTime();
    return {
      id: rowId,
      title: body.title,
      creator_user_id: actor.userId,
      owner_id: requireOwner(store, actor, body.owner_id),
      value: body.value ?? 0,
      currency: body.currency ?? store.settings.defaultCurrency,
      person_id: body.person_id ?? null,
      org_id: body.org_id ?? null,
      ...newPlace(store, body),
      status,
      probability: body.probability ?? null,
      lost_reason: null,
      visible_to: requireVisibility(store, body.visible_to),
      close_time: null,
      won_time: null,
      first_won_time: null,
      lost_time: null,
      ...closing(body, status, now),
      stage_change_time: null,
      expected_close_date: null,
      ...closeDate(body),
      is_archived: body.is_archived ?? false,
      archive_time: body.is_archived === true ? (body.archive_time ?? now) : null,
      label_ids: body.label_ids ?? [],
      origin: actor.source === 'api' ? 'API' : 'ManuallyCreated',
      origin_id: null,
      channel: null,
      channel_id: null,
      add_time: now,
      update_time: now,
      is_deleted: false,
      custom_fields: writeCustomFields(store, 'deal', {}, body.custom_fields),
    };
  },

  change: (store, actor, row, input) => {
    const body = parse(changeBody, input);
    requireSomething(body);
    if (row.is_archived && body.is_archived !== false) throw badRequest('An archived deal cannot be edited');
    check(store, body);
    if (body.owner_id !== undefined) requireOwner(store, actor, body.owner_id);
    if (body.visible_to !== undefined) requireVisibility(store, body.visible_to);
    const status = body.status ?? row.status;
    checkStatusKeys(body, status);
    const now = store.writeTime();
    const place = changedPlace(store, row, body);
    const { title: written, owner_id, person_id, org_id, value, currency: money } = body;
    const { probability, visible_to, label_ids, is_archived } = body;
    return {
      ...row,
      ...sent({ title: written, owner_id, person_id, org_id, value, currency: money }),
      ...sent({ probability, visible_to, label_ids, is_archived }),
      pipeline_id: place.pipeline_id,
      stage_id: place.stage_id,
      stage_change_time: place.stage_id === row.stage_id ? row.stage_change_time : now,
      status,
      ...closing(body, status, now, row),
      ...closeDate(body),
      archive_time: is_archived === true ? (body.archive_time ?? now) : null,
      custom_fields: writeCustomFields(store, 'deal', row.custom_fields, body.custom_fields),
    };
  },
};
