/**
 * PUT /api/v1/{organizations|persons|deals}/{id}/merge: the record in the path goes, the one in merge_with_id stays.
 */
import { z } from 'zod';
import { parse } from '../errors.ts';
import { mergeableEntities } from '../merge.ts';
import { models } from '../models/index.ts';
import { id } from '../shapes.ts';
import { pathId, type RouteContext } from './router.ts';

const body = z.strictObject({ merge_with_id: id });

export const mergeRoutes = ({ router, account: { writes }, charge }: RouteContext): void => {
  for (const entity of mergeableEntities) {
    router.put(`/${models[entity].path}/:id/merge`, charge(40), (ctx) => {
      const { merge_with_id } = parse(body, ctx.state.body);
      const winner = writes.merge(entity, ctx.state.actor, merge_with_id, pathId(ctx.params));
      ctx.body = { success: true, data: { id: winner.id } };
    });
  }
};
