/**
 * Every write to the account, whether it came by the API or "in the web application": store the row, move update_time, put it
 * into the search index, tell the webhooks.
 */
import { gone, notFound } from './errors.ts';
import { mergeRows, relink, type MergeableEntity } from './merge.ts';
import { models } from './models/index.ts';
import type { Actor, EntityName, Row, RowTypes } from './rows.ts';
import type { SearchIndex } from './searchIndex.ts';
import { isSearched } from './searchTexts.ts';
import type { Store } from './store.ts';

/** What happened to a record; `before` and `after` are snapshots. */
export interface AccountEvent {
  entity: EntityName;
  action: 'create' | 'change' | 'delete';
  id: number;
  before: Row | null;
  after: Row | null;
  actor: Actor;
  bulk: boolean;
  mergedToId?: number;
  mergedFromId?: number;
}

export type EventListener = (event: AccountEvent) => void;

export class Writes {
  private readonly store: Store;
  private readonly index: SearchIndex;
  private readonly listener: EventListener;

  constructor(store: Store, index: SearchIndex, listener: EventListener) {
    this.store = store;
    this.index = index;
    this.listener = listener;
  }

  create<E extends EntityName>(entity: E, actor: Actor, body: unknown): RowTypes[E] {
    // Validated before an id is used up.
    const built = models[entity].create(this.store, actor, body, 0);
    const row = { ...built, id: this.store.takeId(entity) };
    this.put(entity, row);
    this.emit({ entity, action: 'create', id: row.id, before: null, after: row, actor });
    if (this.store.settings.webhooks.systemChangeAfterCreate) {
      this.emit({ entity, action: 'change', id: row.id, before: row, after: row, actor });
    }
    return row;
  }

  /** Puts a ready row in place without telling anybody; found by searches at once. */
  seed<E extends EntityName>(entity: E, row: RowTypes[E]): void {
    this.store.rows(entity).set(row.id, row);
    if (row.is_deleted) this.store.noteDeletion(entity, row.id);
    else this.reindex(entity, row, 0);
  }

  /**
   * PATCHes a record. A deleted one answers as `goneStyle` says; under `200-is_deleted` the write is taken, the record stays
   * deleted and nobody is told.
   */
  change<E extends EntityName>(
    entity: E,
    actor: Actor,
    id: number,
    body: unknown,
    bulk = false,
  ): RowTypes[E] {
    const before = this.find(entity, id);
    const changed = models[entity].change(this.store, actor, before, body);
    const after = { ...changed, update_time: this.store.writeTime() };
    if (before.is_deleted) {
      this.store.rows(entity).set(id, after);
      return after;
    }
    this.put(entity, after);
    this.emit({ entity, action: 'change', id, before, after, actor, bulk });
    return after;
  }

  /** Marks a record deleted; what hangs on it stays. */
  remove(entity: EntityName, actor: Actor, id: number, merge: { mergedToId?: number } = {}): void {
    const before = this.find(entity, id);
    if (before.is_deleted) return;
    this.bury(entity, before);
    this.emit({ entity, action: 'delete', id, before, after: null, actor, ...merge });
  }

  /** Moves the loser's values and links to the winner and deletes it: two events. */
  merge<E extends MergeableEntity>(entity: E, actor: Actor, winnerId: number, loserId: number): RowTypes[E] {
    const { label } = models[entity];
    const winner = this.store.live(entity, winnerId);
    const loser = this.store.live(entity, loserId);
    if (winner === undefined || loser === undefined || winnerId === loserId) throw notFound(label);
    const after = { ...mergeRows(this.store, entity, winner, loser), update_time: this.store.writeTime() };
    this.put(entity, after);
    relink(this.store, entity, winnerId, loserId);
    this.remove(entity, actor, loserId, { mergedToId: winnerId });
    this.emit({
      entity,
      action: 'change',
      id: winnerId,
      before: winner,
      after,
      actor,
      mergedFromId: loserId,
    });
    return after;
  }

  /** The row, or the refusal for one that is missing or gone. */
  find<E extends EntityName>(entity: E, id: number): RowTypes[E] {
    const row = this.store.rows(entity).get(id);
    if (row === undefined) throw notFound(models[entity].label);
    if (!row.is_deleted) return row;
    switch (this.store.settings.goneStyle) {
      case '404':
        throw notFound(models[entity].label);
      case '410':
        throw gone();
      case '200-is_deleted':
        return row;
      default:
        return this.store.settings.goneStyle satisfies never;
    }
  }

  private bury<E extends EntityName>(entity: E, row: RowTypes[E]): void {
    const buried = {
      ...row,
      is_deleted: true,
      update_time: this.store.writeTime(),
      ...(entity === 'deal' ? { status: 'deleted' } : {}),
    };
    this.store.rows(entity).set(row.id, buried);
    this.store.noteDeletion(entity, row.id);
    if (isSearched(entity)) this.index.remove(entity, row.id, this.store.settings.deletedStaysInSearchMs);
  }

  private put<E extends EntityName>(entity: E, row: RowTypes[E]): void {
    this.store.rows(entity).set(row.id, row);
    this.reindex(entity, row, this.store.settings.searchLagMs);
  }

  private reindex(entity: EntityName, row: Row, lagMs: number): void {
    if (isSearched(entity))
      this.index.put(entity, row as RowTypes['organization' | 'person' | 'deal'], lagMs);
  }

  private emit(event: Omit<AccountEvent, 'bulk'> & { bulk?: boolean }): void {
    this.listener({ bulk: false, ...event });
  }
}
