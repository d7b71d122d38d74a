/**
 * What a file of routes gets and what every route needs.
 */
import type { Router } from '@koa/router';
import type { Account } from '../account.ts';
import { invalid } from '../errors.ts';
import type { ApiState, Charge } from '../gateway.ts';

export type ApiRouter = Router<ApiState>;

export interface RouteContext {
  router: ApiRouter;
  account: Account;
  charge: Charge;
}

/** The id in a path; anything but a positive integer is 400. */
export const pathId = (params: Record<string, string>): number => {
  const text = params['id'] ?? '';
  if (!/^[1-9]\d{0,14}$/.test(text)) throw invalid('id', "The value is not a valid 'integer'");
  return Number(text);
};
