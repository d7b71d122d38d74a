/**
 * What becomes of two records that are merged.
 *
 * Pipedrive's tutorials: the record named by merge_with_id keeps its data and takes over what it does not have; for organizations
 * text fields are merged "from both where possible", for persons the winner's stay. Which of the two a custom field of a given
 * type gets is not settled, hence the switch `mergeStyle`.
 */
import { searchableTypes } from './fieldRows.ts';
import type { CustomFields, LabelledValue, RowTypes } from './rows.ts';
import type { Store } from './store.ts';

export const mergeableEntities = ['organization', 'person', 'deal'] as const;
export type MergeableEntity = (typeof mergeableEntities)[number];

const textTypes = new Set(
  [...searchableTypes].filter((type) => !['double', 'monetary', 'address'].includes(type)),
);

const mergeCustomFields = (
  store: Store,
  entity: MergeableEntity,
  winner: CustomFields,
  loser: CustomFields,
): CustomFields => {
  const merged = { ...loser, ...winner };
  if (store.settings.mergeStyle === 'winner') return merged;
  for (const field of store.customFields(entity)) {
    const code = field.field_code;
    const kept = winner[code];
    const lost = loser[code];
    if (!textTypes.has(field.field_type) || typeof kept !== 'string' || typeof lost !== 'string') continue;
    if (kept !== lost) merged[code] = `${kept}, ${lost}`;
  }
  return merged;
};

/** The winner's entries, then the loser's others; the primary one stays the winner's. */
const stack = (winner: LabelledValue[], loser: LabelledValue[]): LabelledValue[] => {
  const others = loser.filter((item) => !winner.some((known) => known.value === item.value));
  return [...winner, ...others.map((item) => ({ ...item, primary: winner.length === 0 && item.primary }))];
};

/** Takes over what the winner has empty. */
const fill = <R extends object>(winner: R, loser: R): R => ({
  ...winner,
  ...Object.fromEntries(
    Object.entries(loser).filter(([key, value]) => value !== null && winner[key as keyof R] === null),
  ),
});

/** The winner as it is after the merge. */
export const mergeRows = <E extends MergeableEntity>(
  store: Store,
  entity: E,
  winner: RowTypes[E],
  loser: RowTypes[E],
): RowTypes[E] => {
  const merged = {
    ...fill(winner, loser),
    label_ids: [...new Set([...winner.label_ids, ...loser.label_ids])],
    custom_fields: mergeCustomFields(store, entity, winner.custom_fields, loser.custom_fields),
  };
  if (!('emails' in winner) || !('emails' in loser)) return merged;
  return {
    ...merged,
    emails: stack(winner.emails, loser.emails),
    phones: stack(winner.phones, loser.phones),
  };
};

const move = <R extends object>(rows: Map<number, R>, key: keyof R, from: number, to: number): void => {
  for (const [id, row] of rows) if (row[key] === from) rows.set(id, { ...row, [key]: to });
};

/** What hung on the loser hangs on the winner. No event tells so: a merge is documented as two events. */
export const relink = (store: Store, entity: MergeableEntity, winnerId: number, loserId: number): void => {
  switch (entity) {
    case 'organization':
      move(store.persons, 'org_id', loserId, winnerId);
      move(store.deals, 'org_id', loserId, winnerId);
      move(store.activities, 'org_id', loserId, winnerId);
      return;
    case 'person':
      move(store.deals, 'person_id', loserId, winnerId);
      for (const [id, row] of store.activities) {
        const participants = row.participants.map((item) =>
          item.person_id === loserId ? { ...item, person_id: winnerId } : item,
        );
        store.activities.set(id, { ...row, participants });
      }
      return;
    case 'deal':
      move(store.activities, 'deal_id', loserId, winnerId);
      return;
    default:
      entity satisfies never;
  }
};
