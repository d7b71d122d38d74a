/**
 * Rows as REST v2 shows them.
 */
import { restCustomFields } from './customFields.ts';
import { includeFields } from './include.ts';
import { isFieldEntity, type DealRow, type EntityName, type Row, type RowTypes } from './rows.ts';
import type { Store } from './store.ts';

export interface PresentOptions {
  /** Names from include_fields. */
  include?: string[] | undefined;
  /** Hashes from the parameter custom_fields; all when absent. */
  customFields?: string[] | undefined;
  optionLabels?: boolean | undefined;
  labels?: boolean | undefined;
}

type Json = Record<string, unknown>;

const dayOf = (time: string | null): string | null => time?.slice(0, 10) ?? null;

const without = <R extends object, K extends keyof R>(row: R, key: K): Omit<R, K> => {
  const { [key]: _, ...rest } = row;
  return rest;
};

const presentDeal = (deal: DealRow): Json => ({
  ...without(deal, 'first_won_time'),
  local_won_date: dayOf(deal.won_time),
  local_lost_date: dayOf(deal.lost_time),
  local_close_date: dayOf(deal.close_time),
  acv: null,
  arr: null,
  mrr: null,
});

const presentBase: { [E in EntityName]: (store: Store, row: RowTypes[E]) => Json } = {
  organization: (store, { website, linkedin, industry, annual_revenue, employee_count, ...row }) => ({
    ...row,
    ...(store.settings.organizationProfile
      ? { website, linkedin, industry, annual_revenue, employee_count }
      : {}),
  }),
  person: (_store, row) => without(row, 'marketing_status'),
  deal: (_store, row) => presentDeal(row),
  activity: (store, row) => {
    const seconds = (time: string | null): string | null =>
      time === null || store.settings.activitySeconds ? time : time.slice(0, 5);
    return {
      ...without(row, 'attendees'),
      due_time: seconds(row.due_time),
      duration: seconds(row.duration),
      person_id: row.participants.find((participant) => participant.primary)?.person_id ?? null,
    };
  },
  pipeline: (_store, row) => ({ ...row }),
  stage: (_store, row) => ({
    ...row,
    update_time: row.update_time === row.add_time ? null : row.update_time,
  }),
};

const labelsOf = (store: Store, entity: EntityName, row: Row): Json => {
  if (!isFieldEntity(entity) || !('label_ids' in row)) return {};
  const options = store.fields[entity].get('label_ids')?.options ?? [];
  return {
    labels: row.label_ids.map((id) => ({
      id,
      label: options.find((option) => option.id === id)?.label ?? null,
    })),
  };
};

/** A row of API v2: all custom fields of the account, null when empty, and what was asked for besides. */
export const present = <E extends EntityName>(
  store: Store,
  entity: E,
  row: RowTypes[E],
  { include = [], customFields, optionLabels = false, labels = false }: PresentOptions = {},
): Json => ({
  ...presentBase[entity](store, row),
  ...(isFieldEntity(entity) && 'custom_fields' in row
    ? {
        custom_fields: restCustomFields(store.customFields(entity), row.custom_fields, {
          only: customFields,
          optionLabels,
        }),
      }
    : {}),
  ...Object.fromEntries(include.map((name) => [name, includeFields[entity][name]?.(store, row) ?? null])),
  ...(labels ? labelsOf(store, entity, row) : {}),
});
