/**
 * What searches see: every write arrives late, and a deleted record goes on being found for a while.
 */
import type { RowTypes } from './rows.ts';
import type { Store } from './store.ts';

/** The kinds of record that can be searched; activities cannot. */
export const searchedEntities = ['organization', 'person', 'deal'] as const;
export type SearchedEntity = (typeof searchedEntities)[number];

interface Version {
  /** From when on searches see it. */
  from: number;
  /** null: the record is gone. */
  row: RowTypes[SearchedEntity] | null;
}

export class SearchIndex {
  private readonly store: Store;
  private readonly versions: Record<SearchedEntity, Map<number, Version[]>> = {
    organization: new Map(),
    person: new Map(),
    deal: new Map(),
  };

  constructor(store: Store) {
    this.store = store;
  }

  clear(): void {
    for (const entity of searchedEntities) this.versions[entity].clear();
  }

  /** Finds every live record of the store at once, and nothing else. */
  rebuild(): void {
    this.clear();
    for (const entity of searchedEntities) {
      for (const row of this.store.rows(entity).values()) {
        if (!row.is_deleted) this.put(entity, row, 0);
      }
    }
  }

  /** A record as it is now, found after `lagMs`. */
  put<E extends SearchedEntity>(entity: E, row: RowTypes[E], lagMs: number): void {
    this.push(entity, row.id, { from: this.store.clock.now() + lagMs, row });
  }

  /** The record stays in searches, unmarked, for `staysMs`. */
  remove(entity: SearchedEntity, id: number, staysMs: number): void {
    this.push(entity, id, { from: this.store.clock.now() + staysMs, row: null });
  }

  /** What a search sees now, by id. */
  rows<E extends SearchedEntity>(entity: E): RowTypes[E][] {
    const now = this.store.clock.now();
    return [...this.versions[entity].values()]
      .map((versions) => versions.findLast(({ from }) => from <= now)?.row)
      .filter((row) => row !== undefined && row !== null)
      .map((row) => row as RowTypes[E])
      .sort((a, b) => a.id - b.id);
  }

  private push(entity: SearchedEntity, id: number, version: Version): void {
    const now = this.store.clock.now();
    const known = this.versions[entity].get(id) ?? [];
    const current = known.findLastIndex(({ from }) => from <= now);
    this.versions[entity].set(id, [...known.slice(Math.max(0, current)), version]);
  }
}

export const isSearched = (entity: string): entity is SearchedEntity =>
  (searchedEntities as readonly string[]).includes(entity);
