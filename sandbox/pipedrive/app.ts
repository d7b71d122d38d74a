/**
 * What people do in Pipedrive's web application. Webhooks show it with change_source `app` and the person's user id.
 */
import type { Account } from './account.ts';
import { notFound } from './errors.ts';
import type { MergeableEntity } from './merge.ts';
import { models } from './models/index.ts';
import type { Actor, EntityName, RowTypes } from './rows.ts';

export interface AppOptions {
  /** Who does it; settings.appUserId when absent. */
  userId?: number;
}

/** Bodies are those of the API, and as strict. Refusals are thrown as ApiError. */
export interface WebApp {
  create: <E extends EntityName>(entity: E, body: object, options?: AppOptions) => RowTypes[E];
  update: <E extends EntityName>(entity: E, id: number, body: object, options?: AppOptions) => RowTypes[E];
  /** One event per record, marked as a bulk edit. */
  bulkUpdate: (entity: EntityName, ids: number[], body: object, options?: AppOptions) => void;
  delete: (entity: EntityName, id: number, options?: AppOptions) => void;
  /** Two events: a delete of the loser and a change of the winner. */
  merge: <E extends MergeableEntity>(
    entity: E,
    winnerId: number,
    loserId: number,
    options?: AppOptions,
  ) => RowTypes[E];
}

export const createWebApp = ({ writes, store, settings }: Account): WebApp => {
  const actor = ({ userId = settings.appUserId }: AppOptions = {}): Actor => ({ userId, source: 'app' });
  // The application does not show what is deleted.
  const requireLive = (entity: EntityName, id: number): void => {
    if (store.live(entity, id) === undefined) throw notFound(models[entity].label);
  };
  return {
    create: (entity, body, options) => writes.create(entity, actor(options), body),
    update: (entity, id, body, options) => {
      requireLive(entity, id);
      return writes.change(entity, actor(options), id, body);
    },
    bulkUpdate: (entity, ids, body, options) => {
      for (const id of ids) {
        requireLive(entity, id);
        writes.change(entity, actor(options), id, body, true);
      }
    },
    delete: (entity, id, options) => {
      requireLive(entity, id);
      writes.remove(entity, actor(options), id);
    },
    merge: (entity, winnerId, loserId, options) => writes.merge(entity, actor(options), winnerId, loserId),
  };
};
