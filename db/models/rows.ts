import type { Model } from 'objection';

/** The columns of a model's table, without its relations and without objection's methods. */
export type Row<M extends Model, Relations extends keyof M = never> = {
  [K in keyof M as K extends keyof Model | Relations ? never : K]: M[K];
};
