/** Values of custom fields that have no column: one per field and record (CF-22). */
import { isDeepStrictEqual } from 'node:util';
import type { Knex } from 'knex';
import { prepared } from '../../db/prepared.ts';
import type { CustomValue } from '../../domain/company/customValues.ts';
import { storableJson } from '../../domain/values/text.ts';
import type { RecordChange } from './changes.ts';

type ValueOwner = 'company_id' | 'contact_id' | 'deal_id';

interface ValueRow {
  custom_field_id: number;
  value: unknown;
}

const valuesOf = async (
  trx: Knex,
  owner: ValueOwner,
  recordId: number,
  fieldIds: readonly number[],
): Promise<Map<number, unknown>> => {
  const held = await trx<ValueRow>('custom_field_value')
    .where(owner, recordId)
    .whereIn('custom_field_id', [...fieldIds])
    .select('custom_field_id', 'value');
  return new Map(held.map((row) => [row.custom_field_id, row.value]));
};

/**
 * Brings the values of one record to what is wanted; null removes a value (CF-18).
 *
 * @param held what the record holds, where that was read in this transaction
 * @returns ids of the fields whose value became another
 */
export const setCustomValues = async (
  trx: Knex,
  owner: ValueOwner,
  recordId: number,
  wanted: ReadonlyMap<number, unknown>,
  held?: ReadonlyMap<number, unknown>,
): Promise<number[]> => {
  if (wanted.size === 0) return [];
  const before = held ?? (await valuesOf(trx, owner, recordId, [...wanted.keys()]));
  const changed = [...wanted].filter(
    ([id, value]) => !isDeepStrictEqual(before.get(id) ?? null, value ?? null),
  );

  const isGone = (value: unknown): boolean => value === null || value === undefined;
  const gone = changed.filter(([, value]) => isGone(value)).map(([id]) => id);
  const kept = changed.filter(([, value]) => !isGone(value));
  if (gone.length > 0) {
    await trx('custom_field_value').where(owner, recordId).whereIn('custom_field_id', gone).delete();
  }
  if (kept.length > 0) {
    await trx('custom_field_value')
      .insert(
        kept.map(([id, value]) => ({ custom_field_id: id, [owner]: recordId, value: storableJson(value) })),
      )
      .onConflict(['custom_field_id', owner])
      .merge(['value']);
  }
  return changed.map(([id]) => id);
};

/** The same, as the audit keeps it: which fields changed, not what they hold. */
export const changeCustomValues = async (
  trx: Knex,
  owner: ValueOwner,
  recordId: number,
  wanted: ReadonlyMap<number, unknown>,
): Promise<RecordChange['fields']> => {
  const changed = await setCustomValues(trx, owner, recordId, wanted);
  return Object.fromEntries(changed.map((id) => [`custom_field_${id}`, { before: null, after: 'set' }]));
};

/** Values are looked up one by one: see companyState.ts for what a join would come to. */
const inherited = `
  select deals.id as deal_field_id, held.value
  from custom_field as own
  join custom_field as deals on deals.machine_name = own.machine_name and deals.entity = 'deal'
  left join lateral (
    select value from custom_field_value where custom_field_id = own.id and company_id = :companyId limit 1
  ) as held on true
  where own.entity = 'organization' and own.hermes_column is null and deals.hermes_column is null
    and (:fieldIds::integer[] is null or own.id = any (:fieldIds))`;

/**
 * Copies values of a company to the fields of the same machine name on its deals (CF-20, SYN-51).
 *
 * @param fieldIds organization fields to copy; all of them when left out
 */
export const inheritCustomValues = async (
  trx: Knex,
  companyId: number,
  dealIds: readonly number[],
  fieldIds?: readonly number[],
): Promise<void> => {
  if (dealIds.length === 0 || fieldIds?.length === 0) return;
  const pairs = await prepared<{ deal_field_id: number; value: CustomValue | null }>(
    trx,
    'inherited_values',
    inherited,
    { companyId, fieldIds: fieldIds ?? null },
  );
  const wanted = new Map(pairs.map(({ deal_field_id: id, value }) => [id, value]));
  for (const dealId of dealIds) await setCustomValues(trx, 'deal_id', dealId, wanted);
};
