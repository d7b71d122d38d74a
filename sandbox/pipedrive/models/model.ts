/**
 * What the API lets be written to each kind of record. A model turns a body into a row or throws the API's refusal; storing the
 * row and telling the webhooks is `writes.ts`.
 */
import { z } from 'zod';
import { badRequest, invalid } from '../errors.ts';
import type { Actor, EntityName, FieldEntity, RowTypes } from '../rows.ts';
import type { Store } from '../store.ts';

export interface Model<E extends EntityName> {
  entity: E;
  /** As in /api/v2/{path}. */
  path: string;
  /** As in "Organization not found". */
  label: string;
  /** Builds a new row with that id. */
  create: (store: Store, actor: Actor, body: unknown, id: number) => RowTypes[E];
  /** Applies a PATCH to a row; update_time is set by the caller. */
  change: (store: Store, actor: Actor, row: RowTypes[E], body: unknown) => RowTypes[E];
}

export const customFieldsBody = z.record(z.string(), z.unknown());

/** A PATCH has to hold something. */
export const requireSomething = (body: object): void => {
  if (Object.keys(body).length === 0)
    throw badRequest('Validation failed: body: At least one field is required');
};

/** Checks an owner: known, and not deactivated. The caller's own id when none was sent. */
export const requireOwner = (store: Store, actor: Actor, ownerId: number | undefined): number => {
  if (ownerId === undefined) return actor.userId;
  if (store.activeUser(ownerId) === undefined) throw invalid('owner_id', 'User not found');
  return ownerId;
};

/** Checks a link to another record. null unlinks, where the account's switch allows it. */
export const requireLink = (
  store: Store,
  entity: EntityName,
  key: string,
  linkedId: number | null | undefined,
): void => {
  if (linkedId === undefined) return;
  if (linkedId === null) {
    if (!store.settings.nullableLinks) throw invalid(key, "The value is not a valid 'integer'");
    return;
  }
  if (store.live(entity, linkedId) === undefined) {
    throw invalid(key, `${entity.charAt(0).toUpperCase()}${entity.slice(1)} not found`);
  }
};

export const requireVisibility = (store: Store, visibleTo: number | undefined): number => {
  if (visibleTo === undefined) return store.settings.defaultVisibleTo;
  const { visibilities } = store.settings;
  if (!visibilities.includes(visibleTo)) {
    throw invalid('visible_to', `The value must be one of: ${visibilities.join(', ')}`);
  }
  return visibleTo;
};

export const requireLabels = (store: Store, entity: FieldEntity, labelIds: number[] | undefined): void => {
  const options = store.fields[entity].get('label_ids')?.options ?? [];
  const unknown = labelIds?.find((labelId) => !options.some((option) => option.id === labelId));
  if (unknown !== undefined) throw invalid('label_ids', `Unknown option '${unknown}'`);
};

/** The keys that were sent: zod leaves absent optional keys out, so what is there was meant. */
export const sent = <T extends object>(body: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
