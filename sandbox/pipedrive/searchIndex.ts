/**
 * What searches see: every write arrives late, and a deleted record goes on being found for a while.
 */
import type { RowTypes } from './rows.ts';
import { searchedEntities, searchTexts, type SearchedEntity } from './searchTexts.ts';
import type { Store } from './store.ts';

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

  /** The records that hold a text or held it once, by the text in lower case. */
  private readonly holders: Record<SearchedEntity, Map<string, Set<number>>> = {
    organization: new Map(),
    person: new Map(),
    deal: new Map(),
  };

  constructor(store: Store) {
    this.store = store;
  }

  clear(): void {
    for (const entity of searchedEntities) {
      this.versions[entity].clear();
      this.holders[entity].clear();
    }
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
    const texts = Object.values(searchTexts[entity](this.store, row)).flat();
    for (const text of texts) this.addHolder(entity, text.toLowerCase(), row.id);
  }

  /** The record stays in searches, unmarked, for `staysMs`. */
  remove(entity: SearchedEntity, id: number, staysMs: number): void {
    this.push(entity, id, { from: this.store.clock.now() + staysMs, row: null });
  }

  /** What a search sees now, by id. */
  rows<E extends SearchedEntity>(entity: E): RowTypes[E][] {
    return this.current(entity, this.versions[entity].keys());
  }

  /**
   * Of what a search sees now, every record with that whole text in some field, upper and lower case aside. There may be others among
   * them, whose text has changed: the caller compares.
   */
  candidates<E extends SearchedEntity>(entity: E, text: string): RowTypes[E][] {
    return this.current(entity, this.holders[entity].get(text.toLowerCase()) ?? []);
  }

  private current<E extends SearchedEntity>(entity: E, ids: Iterable<number>): RowTypes[E][] {
    const now = this.store.clock.now();
    return [...ids]
      .map((id) => this.versions[entity].get(id)?.findLast(({ from }) => from <= now)?.row)
      .filter((row) => row !== undefined && row !== null)
      .map((row) => row as RowTypes[E])
      .sort((a, b) => a.id - b.id);
  }

  private addHolder(entity: SearchedEntity, text: string, id: number): void {
    const ids = this.holders[entity].get(text);
    if (ids === undefined) this.holders[entity].set(text, new Set([id]));
    else ids.add(id);
  }

  private push(entity: SearchedEntity, id: number, version: Version): void {
    const now = this.store.clock.now();
    const known = this.versions[entity].get(id) ?? [];
    const current = known.findLastIndex(({ from }) => from <= now);
    this.versions[entity].set(id, [...known.slice(Math.max(0, current)), version]);
  }
}
