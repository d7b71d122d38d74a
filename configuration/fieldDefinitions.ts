/** The account's own custom fields, read from Pipedrive and kept beside the field map. */
import type { Knex } from 'knex';
import type { CallFailure } from '../clients/failure.ts';
import type { PipedriveClient } from '../clients/pipedrive/client.ts';
import { entities, type Entity } from '../domain/configuration/fieldNames.ts';
import type { PipedriveFields } from '../domain/configuration/rules/case.ts';

export interface FieldDefinition {
  entity: Entity;
  pipedrive_key: string;
  name: string;
  field_type: string;
  options: readonly { id: number | string; label: string }[] | null;
  custom: boolean;
}

export type ReadDefinitions =
  { ok: true; definitions: readonly FieldDefinition[] } | { ok: false; failure: CallFailure };

/** Pages are cursors; an account has some hundred fields at most. */
const mostPages = 50;

const readEntity = async (client: PipedriveClient, entity: Entity): Promise<ReadDefinitions> => {
  const definitions: FieldDefinition[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page += 1) {
    const answer = await client.fields.list(entity, {
      limit: 500,
      ...(cursor === undefined ? {} : { cursor }),
    });
    if (!answer.ok) return { ok: false, failure: answer.failure };
    definitions.push(
      ...answer.data.items.map((field) => ({
        entity,
        pipedrive_key: field.field_code,
        name: field.field_name ?? field.field_code,
        field_type: field.field_type,
        options: field.options?.map(({ id, label }) => ({ id, label: label ?? '' })) ?? null,
        custom: field.is_custom_field !== false,
      })),
    );
    cursor = answer.data.nextCursor ?? undefined;
    if (cursor === undefined) break;
  }
  return { ok: true, definitions };
};

/** Reads the fields of organizations, deals and persons; the first failure ends it. */
export const readFieldDefinitions = async (client: PipedriveClient): Promise<ReadDefinitions> => {
  const definitions: FieldDefinition[] = [];
  for (const entity of entities) {
    const read = await readEntity(client, entity);
    if (!read.ok) return read;
    definitions.push(...read.definitions);
  }
  return { ok: true, definitions };
};

/** What the rules of the configuration need to know of the fields. */
export const pipedriveFields = (definitions: readonly FieldDefinition[]): PipedriveFields => {
  const of = (entity: Entity) =>
    new Map(
      definitions
        .filter((field) => field.entity === entity)
        .map((field) => [field.pipedrive_key, { type: field.field_type, custom: field.custom }]),
    );
  return { organization: of('organization'), deal: of('deal'), person: of('person') };
};

/**
 * Makes the table of definitions hold the account's custom fields; rows that are the same already are not touched.
 *
 * @returns how many rows were written or removed
 */
export const saveFieldDefinitions = async (
  db: Knex,
  definitions: readonly FieldDefinition[],
): Promise<number> => {
  const custom = definitions
    .filter((field) => field.custom)
    .map(({ entity, pipedrive_key, name, field_type, options }) => ({
      entity,
      pipedrive_key,
      name,
      field_type,
      options: options === null ? null : JSON.stringify(options),
    }));
  const text = JSON.stringify(custom);
  const removed = await db.raw<{ rowCount: number }>(
    `delete from pipedrive_field_definition old where not exists (
       select from jsonb_to_recordset(?::jsonb) as new (entity text, pipedrive_key text)
       where new.entity = old.entity and new.pipedrive_key = old.pipedrive_key)`,
    [text],
  );
  const written = await db.raw<{ rowCount: number }>(
    `insert into pipedrive_field_definition as old (entity, pipedrive_key, name, field_type, options)
     select entity, pipedrive_key, name, field_type, options::jsonb
     from jsonb_to_recordset(?::jsonb) as new (entity text, pipedrive_key text, name text, field_type text, options text)
     on conflict (entity, pipedrive_key) do update
     set name = excluded.name, field_type = excluded.field_type, options = excluded.options, read_at = now()
     where (old.name, old.field_type, old.options) is distinct from (excluded.name, excluded.field_type, excluded.options)`,
    [text],
  );
  return removed.rowCount + written.rowCount;
};
